import { media } from '../media/media-pool.js';
import type { Picture } from '../media/picture.js';
import type { NodeRun } from '../nodes/node-run.js';
import type { NodeInputs } from '../nodes/sockets.js';
import type { RecordEntry } from '../state/record-book.js';
import type { Dict } from '../wire/values.js';
import { Interrupted, ThreadDeath } from './failures.js';
import type { ProgressState } from './progress-state.js';
import { strikeSampler } from './sampler-faults.js';
import { pause, type ServerContext } from './server-context.js';

/** What one prompt's execution shares with its nodes. */
export interface PromptRun {
  readonly context: ServerContext;
  readonly promptId: string;
  readonly clientId: string | null;
  readonly prompt: Dict;
  readonly previews: boolean;
  readonly progress: ProgressState;
  readonly entry: RecordEntry;
}

const pollMs = 25;
/** A 14B model in 8 bits. */
const modelBytes = 15_400_000_000;
const previewSide = 128;

export function createNodeRun(
  run: PromptRun,
  nodeId: string,
  className: string,
  info: Dict,
  inputs: NodeInputs,
): NodeRun {
  const { context, prompt } = run;
  return {
    nodeId,
    className,
    info,
    inputs,
    prompt,
    folders: context.folders,
    windows: context.settings.windows,
    outputSizeBytes: context.settings.outputSizeBytes,
    need: (key) => loadModel(run, key),
    step: () => stepTime(context),
    progress: (value, max, preview) => reportProgress(run, nodeId, value, max, preview),
    samplerFaults: () => strikeSampler(context),
  };
}

/** Throws when the flag is set, and clears it, as the server does. */
export function checkInterrupt({ life }: ServerContext): void {
  if (!life.interrupt) return;
  life.interrupt = false;
  throw new Interrupted();
}

async function loadModel({ context, entry }: PromptRun, key: string): Promise<void> {
  const { vram } = context.life;
  if (vram.touch(key)) return;
  entry.loads += 1;
  await pause(context, context.settings.loadMs);
  vram.add(key, bytesOfModel(context));
}

/** Where the card is told to hold a number of models, each takes its share of it. */
function bytesOfModel({ settings: { vram, gpuBytes } }: ServerContext): number {
  return 'models' in vram ? Math.floor(gpuBytes / (vram.models + 1)) : modelBytes;
}

/** Since 0.3.66 every model operation looks at the interrupt flag; before, only the step's end does. */
async function stepTime(context: ServerContext): Promise<void> {
  const { stepMs, speed } = context.settings;
  if (context.faults.take('zombie') !== undefined) throw new ThreadDeath();
  if (!context.features.has('interruptInOps')) return pause(context, stepMs);
  for (let left = stepMs / speed; left > 0; left -= pollMs) {
    checkInterrupt(context);
    await pause(context, Math.min(left, pollMs) * speed);
  }
  checkInterrupt(context);
}

async function reportProgress(
  run: PromptRun,
  nodeId: string,
  value: number,
  max: number,
  preview?: Picture,
): Promise<void> {
  const { context, clientId, promptId } = run;
  checkInterrupt(context);
  const jpeg = run.previews && preview !== undefined ? await encodePreview(preview) : undefined;
  if (!run.progress.update(nodeId, value, max) && jpeg === undefined) return;
  const { hub } = context.life;
  const metadata = previewMetadata(nodeId, promptId);
  if (jpeg !== undefined) hub.sendPreview(jpeg, metadata, clientId, 'before');
  hub.send('progress', { value, max, prompt_id: promptId, node: nodeId }, clientId);
  if (jpeg !== undefined) hub.sendPreview(jpeg, metadata, clientId, 'after');
}

const previewMetadata = (nodeId: string, promptId: string) => ({
  node_id: nodeId,
  prompt_id: promptId,
  display_node_id: nodeId,
  parent_node_id: null,
  real_node_id: nodeId,
  image_type: 'image/jpeg',
});

function encodePreview({ thumbnail, width, height }: Picture): Promise<Uint8Array> {
  const ratio = previewSide / Math.max(width, height);
  const side = (length: number): number => Math.max(1, Math.round(length * ratio));
  return media.run('encodeJpeg', { thumbnail, width: side(width), height: side(height), quality: 95 });
}
