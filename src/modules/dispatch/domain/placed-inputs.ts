import { isJsonObject } from '../../comfyui/domain/index.js';
import type { AssetInput } from '../../jobs/index.js';

/** Whether a node's complaints (its `node_errors`) are about a file that was put there before: then it is gone. */
export function lacksPlaced(
  nodeErrors: unknown,
  placed: readonly Pick<AssetInput, 'node' | 'field'>[],
): boolean {
  return placed.some(({ node, field }) =>
    complaintsOf(nodeErrors, node).some((complaint) => isAbout(complaint, field)),
  );
}

function complaintsOf(nodeErrors: unknown, node: string): unknown[] {
  const entry = isJsonObject(nodeErrors) ? nodeErrors[node] : undefined;
  return isJsonObject(entry) && Array.isArray(entry.errors) ? entry.errors : [];
}

/** A loader checks that its file exists by its own validation, or by its list of choices. */
function isAbout(complaint: unknown, field: string): boolean {
  if (!isJsonObject(complaint) || !isJsonObject(complaint.extra_info)) return false;
  const isMissing = complaint.type === 'custom_validation_failed' || complaint.type === 'value_not_in_list';
  return isMissing && complaint.extra_info.input_name === field;
}
