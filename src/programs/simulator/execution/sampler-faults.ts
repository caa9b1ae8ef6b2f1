import { setTimeout as sleep } from 'node:timers/promises';
import { NodeFailure } from '../nodes/node-run.js';
import { ProcessExit, ThreadDeath } from './failures.js';
import type { ServerContext } from './server-context.js';

const cudaMessage = 'CUDA error: an illegal memory access was encountered';

/** Lets armed faults of samplers strike; throws what the node would. */
export async function strikeSampler(context: ServerContext): Promise<void> {
  const { faults, life } = context;
  if (faults.take('sticky-cuda') !== undefined) life.cudaBroken = true;
  if (life.cudaBroken) throw new NodeFailure('RuntimeError', cudaMessage);
  if (faults.take('oom') !== undefined)
    throw new NodeFailure('torch.OutOfMemoryError', 'CUDA out of memory. Tried to allocate 2.00 GiB');
  const hang = faults.take('hang-sampling');
  if (hang !== undefined) {
    const signal = AbortSignal.any([hang.cleared, life.ended]);
    await sleep(hang.spec.forMs ?? 2 ** 31 - 1, undefined, { signal }).catch(() => undefined);
    life.ended.throwIfAborted();
  }
  const exit = faults.take('exit-while-sampling');
  if (exit === undefined) return;
  context.exit(exit.spec.backAfterMs);
  throw new ProcessExit();
}

/** Lets armed faults of any node strike, before its own code runs. */
export function strikeNode(context: ServerContext, nodeId: string, className: string): void {
  if (context.faults.take('zombie') !== undefined) throw new ThreadDeath();
  const fault = context.faults.take(
    'node-error',
    (spec) => (spec.nodeId ?? nodeId) === nodeId && (spec.classType ?? className) === className,
  );
  if (fault === undefined) return;
  throw new NodeFailure(
    fault.spec.exceptionType ?? 'RuntimeError',
    fault.spec.message ?? 'injected node error',
  );
}
