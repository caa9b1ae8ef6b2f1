/** Brings a finished run's files from its node into storage, streaming, so that results outlive the node. */
import { Inject, Injectable } from '@nestjs/common';
import { CONFIG, type Config } from '../../../../platform/config/index.js';
import { inTurns } from '../../../../platform/turns/index.js';
import { AssetsService } from '../../../assets/index.js';
import {
  type ComfyClient,
  clip,
  containerFormat,
  isVideoFile,
  listOutputsSteps,
  type OutputFile,
  type OutputText,
  type Settled,
} from '../../../comfyui/index.js';
import { EarlierOutputs, type NewOutput, type OpenAttempt } from '../../../jobs/index.js';
import { type Fetched, fetchOutput, keepCopy, noRoomOf, type StoredFile } from './output-fetch.js';

export type Collected =
  | { kind: 'collected'; outputs: NewOutput[] }
  /** The rest cannot be had at this node. `isOfEarlierRun`: it remembered the results of another run instead of making them. */
  | { kind: 'incomplete'; outputs: NewOutput[]; code: string; message: string; isOfEarlierRun: boolean }
  | { kind: 'failed'; message: string };

/** Of a node's eight connections; polls and posts need the others. */
const atOnce = 4;
/** What of a text is told with the job; all of it is in storage. */
const inlineTextMax = 16 * 1024;
/** The same, of all texts of a run together. */
const inlineTextsMax = 1024 * 1024;
const namedMax = 5;
const nameLengthMax = 200;

type Of = Pick<OpenAttempt, 'jobId' | 'nodeId' | 'tenantId'>;
interface Got {
  file: OutputFile;
  fetched: Fetched;
}

@Injectable()
export class Collector {
  constructor(
    @Inject(AssetsService) private readonly assets: AssetsService,
    @Inject(EarlierOutputs) private readonly earlier: EarlierOutputs,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  /**
   * Every file of the run, a few at once, or what there is of them. Throws when aborted, and when the fault is ours (database,
   * storage): then the run is not to be repeated, but its collection.
   */
  async collect(client: ComfyClient, settled: Settled, attempt: Of, signal: AbortSignal): Promise<Collected> {
    const filesMax = this.config.RUN_OUTPUT_FILES_MAX;
    const { files, texts } = await inTurns(listOutputsSteps(settled.outputs, filesMax));
    if (files.length > filesMax)
      return incomplete([], 'too_many_outputs', `the run names more than ${filesMax} files`);
    const cached = cachedNodes(settled);
    const owner = attempt.tenantId;
    const got = await this.fetchAll(client, files, { owner, signal }, async (file) =>
      cached.has(file.nodeId) ? this.earlier.find(attempt, file) : null,
    );
    const failed = got.find(({ fetched }) => fetched.kind === 'failed');
    if (failed) return { kind: 'failed', message: reasonOf(failed) };
    const outputs = got.flatMap(({ file, fetched }) =>
      fetched.kind === 'stored' ? [newOutput(file, fetched.stored, cached.has(file.nodeId))] : [],
    );
    const full = await noRoomOf(async () => {
      let room = inlineTextsMax;
      for (const text of texts) {
        const inline = clip(text.text, Math.min(inlineTextMax, room));
        room -= inline.length;
        const kept = await this.keepText(text, inline, { owner, signal });
        outputs.push({ ...kept, isReused: cached.has(text.nodeId) });
      }
    });
    return full === null ? verdictOn(got, outputs, cached) : incomplete(outputs, 'storage_full', full);
  }

  /** Stops at the first file that the network keeps back: the others would come again with it. */
  private async fetchAll(
    client: ComfyClient,
    files: readonly OutputFile[],
    { owner, signal }: { owner: string; signal: AbortSignal },
    copyOf: (file: OutputFile) => Promise<StoredFile | null>,
  ): Promise<Got[]> {
    const got: Got[] = [];
    const queue = files.entries();
    const givingUp = new AbortController();
    const both = AbortSignal.any([signal, givingUp.signal]);
    let roomBytes = this.config.RUN_OUTPUT_BYTES_MAX;
    const work = async (): Promise<void> => {
      for (const [at, file] of queue) {
        if (both.aborted) return;
        const options = { owner, maxBytes: roomBytes, signal: both };
        let fetched = await fetchOutput(this.assets, client, file, options);
        const copy = fetched.kind === 'missing' ? await copyOf(file) : null;
        if (copy) fetched = await keepCopy(this.assets, copy, owner);
        if (fetched.kind === 'stored') roomBytes = Math.max(0, roomBytes - fetched.stored.sizeBytes);
        got[at] = { file, fetched };
        if (fetched.kind === 'failed') givingUp.abort();
      }
    };
    const workUntilGivenUp = async (): Promise<void> => {
      try {
        await work();
      } catch (error) {
        if (givingUp.signal.aborted) return;
        givingUp.abort();
        throw error;
      }
    };
    await Promise.all(Array.from({ length: Math.min(atOnce, files.length) }, workUntilGivenUp));
    signal.throwIfAborted();
    return Object.values(got);
  }

  private async keepText(
    { nodeId, key, index, text }: OutputText,
    inline: string,
    options: { owner: string; signal: AbortSignal },
  ): Promise<NewOutput> {
    const stored = await this.assets.keepText(text, options);
    return {
      nodeId: clip(nodeId, nameLengthMax),
      key: clip(key, nameLengthMax),
      filename: `${clip(nodeId, nameLengthMax)}_${clip(key, nameLengthMax)}_${index}.txt`,
      subfolder: '',
      type: 'text',
      container: 'txt',
      isVideo: false,
      ...stored,
      raw: { text: inline },
    };
  }
}

function verdictOn(got: readonly Got[], outputs: NewOutput[], cached: ReadonlySet<string>): Collected {
  const lost = got.filter(({ file, fetched }) => fetched.kind !== 'stored' && !file.isGuess);
  if (lost.length === 0) return { kind: 'collected', outputs };
  const named = lost.slice(0, namedMax).map(reasonOf).join('; ');
  const more = lost.length > namedMax ? `; and ${lost.length - namedMax} more` : '';
  return incomplete(
    outputs,
    codeOf(lost),
    `${lost.length} of ${got.length} result files cannot be had: ${named}${more}`,
    lost.every(({ file, fetched }) => fetched.kind !== 'no_room' && cached.has(file.nodeId)),
  );
}

function codeOf(lost: readonly Got[]): string {
  if (lost.some(({ fetched }) => fetched.kind === 'no_room')) return 'storage_full';
  return lost.some(({ fetched }) => fetched.kind === 'too_large') ? 'outputs_too_large' : 'output_missing';
}

const incomplete = (
  outputs: NewOutput[],
  code: string,
  message: string,
  isOfEarlierRun = false,
): Collected => ({ kind: 'incomplete', outputs, code, message, isOfEarlierRun });

const reasonOf = ({ file, fetched }: Got): string =>
  `${clip(file.filename, nameLengthMax)}: ${'because' in fetched ? fetched.because : ''}`;

/** Nodes of the graph whose results the server remembered. */
function cachedNodes({ messages }: Settled): Set<string> {
  const told = messages.findLast(([type]) => type === 'execution_cached')?.[1].nodes;
  return new Set(Array.isArray(told) ? told.filter((id) => typeof id === 'string') : []);
}

function newOutput(file: OutputFile, stored: StoredFile, isReused: boolean): NewOutput {
  return {
    nodeId: clip(file.nodeId, nameLengthMax),
    key: clip(file.key, nameLengthMax),
    filename: file.filename,
    subfolder: file.subfolder,
    type: file.type,
    container: containerFormat(file.filename) ?? '',
    isVideo: isVideoFile(file.filename),
    mime: stored.mime,
    sha256: stored.sha256,
    sizeBytes: stored.sizeBytes,
    raw: file.raw,
    isReused,
  };
}
