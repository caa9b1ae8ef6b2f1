/**
 * Takes a workflow as people have it, in API format or as the editor saves it, as JSON or inside a picture, film or sound,
 * and gives the graph that a node runs. What the cluster's nodes know of classes decides the conversion.
 */
import { randomInt } from 'node:crypto';
import { inflateSync } from 'node:zlib';
import { Inject, Injectable } from '@nestjs/common';
import { Clock } from '../../platform/clock/index.js';
import { Fault } from '../../platform/fault.js';
import { inTurns } from '../../platform/turns/index.js';
import {
  type ConvertedWorkflow,
  convertUiSteps,
  isJsonObject,
  isUiWorkflow,
  type JsonLimits,
  JsonTooLarge,
  parseSteps,
  readCarriedSteps,
  type UiFault,
  type UiProblem,
} from '../comfyui/index.js';
import { onNewest } from './newest-knowledge.js';
import { ObjectInfoService } from './object-info.service.js';

export interface ReadWorkflow {
  format: 'ui' | 'api';
  /** In API format as far as it goes: an API graph is passed on unchecked. */
  graph: unknown;
  /** What the editor saved, for `extra_pnginfo.workflow` of the run. */
  ui?: Record<string, unknown>;
  problems: UiProblem[];
}

@Injectable()
export class WorkflowReader {
  constructor(
    @Inject(ObjectInfoService) private readonly objectInfo: ObjectInfoService,
    @Inject(Clock) private readonly clock: Clock,
  ) {}

  /** A parsed workflow in either format. Fault invalid_graph: `details` has one entry for each thing that is wrong. */
  async read(workflow: unknown): Promise<ReadWorkflow> {
    if (!isUiWorkflow(workflow)) return { format: 'api', graph: workflow, problems: [] };
    const converted = await onNewest(
      this.objectInfo,
      () => this.convert(workflow),
      ({ ok }) => ok,
    );
    if (!converted.ok) throw faultOf(converted.faults);
    const { graph, ui, problems } = converted;
    return { format: 'ui', graph, ui, problems };
  }

  private convert(workflow: Record<string, unknown>): Promise<ConvertedWorkflow> {
    return inTurns(
      convertUiSteps(workflow, (name) => this.objectInfo.infoOf(name), {
        random: () => randomInt(2 ** 32) / 2 ** 32,
        now: this.clock.now(),
      }),
    );
  }

  /**
   * A file: JSON, or anything that ComfyUI writes with its workflow inside. Faults: invalid_graph, unsupported_media, and
   * payload_too_large for JSON beyond the limits.
   */
  async readFile(bytes: Buffer, limits: JsonLimits): Promise<ReadWorkflow> {
    const carried = await withinLimits(inTurns(readCarriedSteps(bytes, { inflate }, limits)));
    if (carried === undefined) return this.read(await parsedFile(bytes, limits));
    if (carried.workflow === undefined && carried.prompt === undefined)
      throw new Fault('unsupported_media', 'The file carries no workflow: it was written without metadata.');
    // What a program queued without an editor carries an empty workflow at best.
    return this.read(hasNodes(carried.workflow) ? carried.workflow : (carried.prompt ?? carried.workflow));
  }

  /** `extra_data` of a run with the editor's workflow in it, unless the caller gave one. */
  extraDataOf(
    { ui }: ReadWorkflow,
    given: Record<string, unknown> | undefined,
  ): Record<string, unknown> | undefined {
    const info = given?.extra_pnginfo;
    if (ui === undefined || (isJsonObject(info) && 'workflow' in info)) return given;
    return { ...given, extra_pnginfo: { ...(isJsonObject(info) ? info : {}), workflow: ui } };
  }
}

const hasNodes = (workflow: unknown): boolean =>
  isJsonObject(workflow) && Array.isArray(workflow.nodes) && workflow.nodes.length > 0;

function inflate(bytes: Buffer, maxOutputLength: number): Buffer | undefined {
  try {
    return inflateSync(bytes, { maxOutputLength });
  } catch {
    return undefined;
  }
}

async function withinLimits<Result>(read: Promise<Result>): Promise<Result> {
  try {
    return await read;
  } catch (cause) {
    if (!(cause instanceof JsonTooLarge)) throw cause;
    throw new Fault('payload_too_large', `The file holds ${cause.message}.`, undefined, { cause });
  }
}

async function parsedFile(bytes: Buffer, limits: JsonLimits): Promise<unknown> {
  try {
    return await withinLimits(inTurns(parseSteps(bytes.toString('utf8'), limits)));
  } catch (cause) {
    if (cause instanceof Fault) throw cause;
    throw new Fault(
      'unsupported_media',
      'This is neither JSON nor a file that carries a workflow (PNG, WebP, FLAC, MP3, Ogg, MP4, WebM, latent, SVG, GLB, EXR).',
      undefined,
      { cause },
    );
  }
}

function faultOf(faults: UiFault[]): Fault {
  const [first] = faults;
  const missing = faults.flatMap((fault) => fault.missing ?? []);
  const message =
    missing.length > 1
      ? `no node has the classes ${missing.map(({ nodeClass }) => `"${nodeClass}"`).join(', ')}`
      : (first?.message ?? 'the workflow cannot be converted');
  return new Fault(
    'invalid_graph',
    `The editor's workflow cannot be run: ${message}`.slice(0, 4_000),
    faults.map(detailOf),
  );
}

const detailOf = ({ code, message, nodeId, missing }: UiFault) => ({
  code,
  message,
  ...(nodeId === undefined ? {} : { graph_node: nodeId }),
  ...(missing && {
    class: missing.nodeClass,
    graph_nodes: missing.nodeIds.slice(0, 100),
    pack: { cnr_id: missing.pack.cnrId, aux_id: missing.pack.auxId, version: missing.pack.version },
  }),
});
