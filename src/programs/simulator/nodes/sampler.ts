import { toNumber, type Dict, type Value } from '../wire/values.js';
import { framesOf, pictureOf } from './generic.js';
import type { NodeResult, NodeRun } from './node-run.js';
import { isSocket, numberInput, socketInput, type NodeInputs } from './sockets.js';

/** Any class that turns a latent into a latent step by step. */
export function isSampler(className: string, info: Dict): boolean {
  const outputs = info.get('output') as Value[];
  return /sampler/i.test(className) && outputs[0] === 'LATENT';
}

export async function runSampler(run: NodeRun): Promise<NodeResult> {
  const model = socketInput(run.inputs, 'model');
  if (model !== undefined) await run.need(model.key);
  await run.samplerFaults();
  const picture = pictureOf(run.inputs);
  const steps = stepsOf(run.inputs);
  for (let step = 1; step <= steps; step += 1) {
    await run.step();
    await run.progress(step, steps, picture);
  }
  const latent = { tag: 'latent', picture, frames: framesOf(run.inputs) } as const;
  return { outputs: (run.info.get('output') as Value[]).map(() => latent) };
}

/** Steps of this stage alone: the two-stage graph's samplers report 2 each, not 4. */
function stepsOf(inputs: NodeInputs): number {
  const sigmas = inputs.get('sigmas');
  const scheduled =
    isSocket(sigmas) && sigmas.tag === 'opaque' ? sigmas.steps : toNumber(sigmas as Value | undefined);
  const steps = numberInput(inputs, 'steps') ?? scheduled ?? 20;
  const start = numberInput(inputs, 'start_at_step') ?? 0;
  return Math.max(1, Math.min(steps, numberInput(inputs, 'end_at_step') ?? steps) - start);
}
