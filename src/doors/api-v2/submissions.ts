/** Reads a submit of the contract, puts files where the graph names them, and hands the rest to the intake of all doors. */
import { currentTenant } from '../../modules/access/index.js';
import { Inject, Injectable } from '@nestjs/common';
import { validate as isUuid } from 'uuid';
import { type AssetRecord, AssetRecords, AssetsService } from '../../modules/assets/index.js';
import { isJsonObject, type PromptError } from '../../modules/comfyui/index.js';
import {
  type AssetInput,
  CredentialIntake,
  GraphIntake,
  JobIntake,
  JobsService,
} from '../../modules/jobs/index.js';
import { Fault } from '../../platform/fault.js';
import { inTurns } from '../../platform/turns/index.js';
import { ApiError } from './domain/errors.js';
import { nameOfPath } from './domain/file-path.js';
import { readLabels } from './domain/labels.js';
import { findReferences, type FoundReference, replaceReferences } from './domain/references.js';

export interface Submission {
  /** Of the job; new for every request. */
  id: string;
  body: Record<string, unknown>;
  key: string | undefined;
}

interface Submit {
  graph: unknown;
  extraData: Record<string, unknown> | undefined;
  labels: Record<string, string> | undefined;
}

const keyLengthMax = 255;
const credential = 'api_key_comfy_org';

@Injectable()
export class Submissions {
  constructor(
    @Inject(GraphIntake) private readonly graphs: GraphIntake,
    @Inject(JobIntake) private readonly intake: JobIntake,
    @Inject(CredentialIntake) private readonly credentials: CredentialIntake,
    @Inject(JobsService) private readonly jobs: JobsService,
    @Inject(AssetsService) private readonly assets: AssetsService,
    @Inject(AssetRecords) private readonly records: AssetRecords,
  ) {}

  /** The job is there under the id. May be called again for the same submission. Throws ApiError and Fault. */
  async submit({ id, body, key: rawKey }: Submission): Promise<void> {
    const key = readKey(rawKey);
    const { graph, extraData, labels } = readSubmit(body);
    const found = await inTurns(findReferences(graph));
    if (!found.ok) throw new ApiError('missing_asset', found.reason);
    const { named, placed } = await this.placed(graph, found.found);
    const checked = await this.graphs.check(named, {
      placed,
      files: { find: async (value) => this.fileNamed(value), anywhere: true },
    });
    if (!checked.ok)
      throw new ApiError('invalid_workflow', sentenceOf(checked.error), { node_errors: checked.nodeErrors });
    try {
      await this.intake.submitGraph({
        id,
        door: 'api-v2',
        graph: checked,
        ...(await this.credentials.sealed(extraData)),
        labels,
        // Single use: no second request has the same fingerprint, so each is told that the key was used.
        idempotency: key === undefined ? undefined : { key: `api-v2:${key}`, requestHash: id },
      });
    } catch (error) {
      const isConflict = error instanceof Fault && error.code === 'conflict';
      // An earlier try was committed although its answer never came.
      if (isConflict && (await this.jobs.get(id))) return;
      if (isConflict) throw new ApiError('idempotency_key_reuse', 'This Idempotency-Key was used before.');
      throw error;
    }
  }

  /** A plain string in a graph: an upload of this door, else of any door of the same owner. */
  private async fileNamed(value: string): Promise<{ sha256: string } | null> {
    return (
      (await this.records.findByPath(currentTenant(), [value, `input/${value}`])) ??
      (await this.assets.findUpload(value, currentTenant()))
    );
  }

  /** The graph with names for its references, and the files that are to stand in their places. */
  private async placed(
    graph: unknown,
    references: readonly FoundReference[],
  ): Promise<{ named: unknown; placed: AssetInput[] }> {
    const records = await this.recordsOf(references);
    const nameOf = (id: string): string => nameOfPath(records.get(id.toLowerCase())?.filePath ?? id);
    const named = await inTurns(replaceReferences(graph, references, nameOf));
    const placed = references.map(({ graphNode: node, field, path, id }) => ({
      node,
      field,
      ...(path.length > 0 && { path }),
      sha256: records.get(id.toLowerCase())?.sha256 ?? '',
    }));
    return { named, placed };
  }

  private async recordsOf(references: readonly FoundReference[]): Promise<Map<string, AssetRecord>> {
    const ids = new Set(references.map(({ id }) => id));
    const records = await this.records.findAll(
      currentTenant(),
      [...ids].filter((id) => isUuid(id)),
    );
    const unknown = [...ids].find((id) => !records.has(id.toLowerCase()));
    if (unknown !== undefined)
      throw new ApiError('missing_asset', `There is no asset "${unknown.slice(0, 100)}".`);
    return records;
  }
}

const sentenceOf = ({ message, details }: PromptError): string =>
  details === '' || details === message ? message : `${message}: ${details}`;

function readKey(key: string | undefined): string | undefined {
  if (key === undefined || (key !== '' && key.length <= keyLengthMax)) return key;
  throw new ApiError('invalid_request', `Idempotency-Key must have 1 to ${keyLengthMax} characters.`);
}

function readSubmit(body: Record<string, unknown>): Submit {
  for (const reserved of ['webhook_url', 'inputs'])
    if (reserved in body)
      throw new ApiError('invalid_workflow', `"${reserved}" is reserved and not supported.`);
  const { workflow } = body;
  if (!isJsonObject(workflow))
    throw new ApiError('invalid_workflow', 'Send the graph in API format as "workflow".');
  if (Array.isArray(workflow.nodes) && 'links' in workflow)
    throw new ApiError(
      'workflow_format_ui',
      'This is a file that the editor saved. Use "Export (API)", or POST it to /v1/workflows:convert.',
    );
  const labels = readLabels(body.metadata);
  if (!labels.ok) throw new ApiError('metadata_invalid', labels.reason);
  return { graph: workflow, extraData: readExtraData(body.extra_data), labels: labels.labels };
}

function readExtraData(raw: unknown): Record<string, unknown> | undefined {
  if (raw === undefined) return undefined;
  if (!isJsonObject(raw)) throw new ApiError('invalid_request', 'extra_data must be an object.');
  const other = Object.keys(raw).find((name) => name !== credential);
  if (other !== undefined) throw new ApiError('invalid_request', `extra_data takes ${credential} alone.`);
  const value = raw[credential];
  if (value !== undefined && typeof value !== 'string')
    throw new ApiError('invalid_request', `extra_data.${credential} must be a string.`);
  return value === undefined ? undefined : { [credential]: value };
}
