/** Reads a submit of the contract, puts files where the graph names them, and hands the rest to the intake of all doors. */
import { randomUUID } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { validate as isUuid } from 'uuid';
import { type AssetRecord, AssetRecords, AssetsService } from '../../modules/assets/index.js';
import { isJsonObject, type PromptError } from '../../modules/comfyui/index.js';
import { GraphIntake, JobsService } from '../../modules/jobs/index.js';
import { Fault } from '../../platform/fault.js';
import { ApiError } from './domain/errors.js';
import { nameOfPath } from './domain/file-path.js';
import { readLabels } from './domain/labels.js';
import { findReferences, type FoundReference, replaceReferences } from './domain/references.js';
import { everybody } from './job-reader.js';

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
    @Inject(GraphIntake) private readonly intake: GraphIntake,
    @Inject(JobsService) private readonly jobs: JobsService,
    @Inject(AssetsService) private readonly assets: AssetsService,
    @Inject(AssetRecords) private readonly records: AssetRecords,
  ) {}

  /** The id of the new job. Throws ApiError and Fault. */
  async submit(body: Record<string, unknown>, rawKey: string | undefined): Promise<string> {
    const key = readKey(rawKey);
    const { graph, extraData, labels } = readSubmit(body);
    const found = findReferences(graph);
    if (!found.ok) throw new ApiError('missing_asset', found.reason);
    refuseNested(found.found);
    const named = await this.recordsOf(found.found);
    const nameOf = (id: string): string => named.get(id)?.name ?? id;
    const byName = new Map([...named.values()].map(({ name, record }) => [name, record]));
    const fileOf = async (value: string) => byName.get(value) ?? this.fileNamed(value);
    const checked = await this.intake.check(replaceReferences(graph, nameOf), {
      hasFile: async (name) => (await fileOf(name)) !== null,
    });
    if (!checked.ok)
      throw new ApiError('invalid_workflow', sentenceOf(checked.error), { node_errors: checked.nodeErrors });
    try {
      const { jobId } = await this.jobs.submitGraph({
        door: 'api-v2',
        graph: checked.graph,
        extraData,
        labels,
        // Single use: no second request has the same fingerprint, so each is told that the key was used.
        idempotency: key === undefined ? undefined : { key: `api-v2:${key}`, requestHash: randomUUID() },
        fileOf,
      });
      return jobId;
    } catch (error) {
      if (error instanceof Fault && error.code === 'conflict')
        throw new ApiError('idempotency_key_reuse', 'This Idempotency-Key was used before.');
      throw error;
    }
  }

  /** A plain string in a graph: an upload of this door, else of any door of the same owner. */
  private async fileNamed(value: string): Promise<{ sha256: string } | null> {
    return (
      (await this.records.findByPath(everybody, [value, `input/${value}`])) ??
      (await this.assets.findUpload(value))
    );
  }

  /** Each reference with the name that stands for it in the graph: its path, unless two files have the same. */
  private async recordsOf(
    references: readonly FoundReference[],
  ): Promise<Map<string, { name: string; record: AssetRecord }>> {
    const named = new Map<string, { name: string; record: AssetRecord }>();
    const taken = new Set<string>();
    for (const { id } of references) {
      if (named.has(id)) continue;
      const record = isUuid(id) ? await this.records.find(everybody, id) : null;
      if (!record) throw new ApiError('missing_asset', `There is no asset "${id.slice(0, 100)}".`);
      const path = nameOfPath(record.filePath ?? id);
      const name = taken.has(path) ? `${id}/${path}` : path;
      taken.add(name);
      named.set(id, { name, record });
    }
    return named;
  }
}

/** A file is put where the whole value of an input is its name; inside a list nobody would find it. */
function refuseNested(references: readonly FoundReference[]): void {
  const nested = references.find(({ isWhole }) => !isWhole);
  if (nested)
    throw new ApiError(
      'invalid_workflow',
      `Node ${nested.graphNode.slice(0, 100)}: an asset must be the whole value of an input, not a part of it.`,
    );
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
