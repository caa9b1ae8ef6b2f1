import { nodeBody, type NodeRecord, type NodesService, unusableBody } from '../../../modules/nodes/index.js';

export type NodeDocument = ReturnType<typeof nodeBody> | ReturnType<typeof unusableBody>;

/** A row of the registry as it is shown; undefined until this replica has begun to watch it. */
export function nodeDocument(nodes: NodesService, record: NodeRecord): NodeDocument | undefined {
  if (record.mistake !== undefined) return unusableBody(record, record.mistake);
  const monitor = nodes.find(record.id);
  return monitor && nodeBody(monitor, record);
}
