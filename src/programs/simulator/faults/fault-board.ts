import type { ModelFiles } from '../nodes/model-files.js';

/** What can be made to go wrong. Times are real milliseconds; `times` counts how often a fault strikes. */
export type FaultSpec =
  /** The worker thread dies at the next prompt, node or sampler step: HTTP goes on, nothing ever runs again. */
  | { kind: 'zombie' }
  /** The process ends: port closed, memory lost; back by itself after `backAfterMs`, else by `restart()`. */
  | { kind: 'exit'; backAfterMs?: number }
  /** Ends and starts again; the port refuses for `downMs`. */
  | { kind: 'restart'; downMs?: number }
  /** Ends like `exit` while the next sampler runs, after one step. */
  | { kind: 'exit-while-sampling'; backAfterMs?: number; times?: number }
  /** Events are held back, and sent later all at once when it ends. */
  | { kind: 'stall-events'; forMs?: number }
  /** The next sampler and every later prompt fail with a CUDA error until restart; `/system_stats` answers 500. */
  | { kind: 'sticky-cuda' }
  | { kind: 'oom'; times?: number }
  | {
      kind: 'node-error';
      times?: number;
      classType?: string;
      nodeId?: string;
      message?: string;
      exceptionType?: string;
    }
  /** The next sampler stands still, deaf to interrupts, until cleared or `forMs` is over. */
  | { kind: 'hang-sampling'; forMs?: number }
  /** Requests to paths starting with `path` wait `delayMs`; without it until the fault is cleared. */
  | { kind: 'slow-route'; path: string; method?: string; delayMs?: number; times?: number }
  /** Requests to paths starting with `path` are refused; default 500 with the server's generic body. */
  | { kind: 'fail-route'; path: string; method?: string; status?: number; body?: string; times?: number }
  /** `POST /prompt` answers 200 but queues nothing. */
  | { kind: 'lie'; times?: number }
  /** `POST /prompt` waits between validation and queueing, and queues even when its client is gone. */
  | { kind: 'late-accept'; delayMs: number; times?: number }
  /** `POST /prompt` queues, and then its connection breaks instead of an answer. */
  | { kind: 'lose-answer'; times?: number }
  /** The next interrupts answer 200 and do nothing. */
  | { kind: 'lose-interrupt'; times?: number }
  | { kind: 'drop-sockets'; scope?: 'ws' | 'all' }
  /** New connections are refused; existing ones go on. */
  | { kind: 'stop-accepting'; forMs?: number }
  | { kind: 'clear-history' }
  /** The output of the next node to tell one (of this class) is no JSON: with its client connected the process ends, else as `poison-history`. */
  | { kind: 'unserialisable-output'; times?: number; classType?: string; backAfterMs?: number }
  /** `/history` answers 500 while this entry (default: the next one to finish) is in it. */
  | { kind: 'poison-history'; promptId?: string }
  /** Somebody else's prompt, without client id, straight into the queue; default a small picture with `steps` steps. */
  | { kind: 'foreign-prompt'; prompt?: Record<string, unknown>; steps?: number }
  | { kind: 'set-models'; models: ModelFiles }
  | { kind: 'add-model'; folder: string; file: string }
  | { kind: 'remove-model'; folder: string; file: string };

export type FaultKind = FaultSpec['kind'];

const kinds: Record<FaultKind, true> = {
  zombie: true,
  exit: true,
  restart: true,
  'exit-while-sampling': true,
  'stall-events': true,
  'sticky-cuda': true,
  oom: true,
  'node-error': true,
  'hang-sampling': true,
  'slow-route': true,
  'fail-route': true,
  lie: true,
  'late-accept': true,
  'lose-answer': true,
  'lose-interrupt': true,
  'drop-sockets': true,
  'stop-accepting': true,
  'clear-history': true,
  'unserialisable-output': true,
  'poison-history': true,
  'foreign-prompt': true,
  'set-models': true,
  'add-model': true,
  'remove-model': true,
};

export const isFaultKind = (kind: string): kind is FaultKind => Object.hasOwn(kinds, kind);

export type FaultOf<Kind extends FaultKind> = Extract<FaultSpec, { kind: Kind }>;

export interface ArmedFault<Kind extends FaultKind = FaultKind> {
  readonly id: number;
  readonly spec: FaultOf<Kind>;
  /** Aborted when the fault is cleared. */
  readonly cleared: AbortSignal;
}

interface Entry {
  readonly fault: ArmedFault;
  readonly controller: AbortController;
  remaining: number;
}

/** Faults that lie in wait, and those in force until cleared. They survive restarts of the simulated server. */
export class FaultBoard {
  private readonly entries = new Map<number, Entry>();
  private lastId = 0;

  arm(spec: FaultSpec): ArmedFault {
    this.lastId += 1;
    const controller = new AbortController();
    const fault: ArmedFault = { id: this.lastId, spec, cleared: controller.signal };
    this.entries.set(fault.id, { fault, controller, remaining: strikes(spec) });
    return fault;
  }

  /** Lets one fault of this kind strike, if one is armed (and fits). */
  take<Kind extends FaultKind>(
    kind: Kind,
    fits: (spec: FaultOf<Kind>) => boolean = () => true,
  ): ArmedFault<Kind> | undefined {
    for (const entry of this.entries.values()) {
      const fault = entry.fault as unknown as ArmedFault<Kind>;
      if (entry.remaining === 0 || fault.spec.kind !== kind || !fits(fault.spec)) continue;
      entry.remaining -= 1;
      if (entry.remaining === 0 && !lasts(fault.spec)) this.entries.delete(fault.id);
      return fault;
    }
    return undefined;
  }

  /** Ends one fault, or all of them; whatever waits on it goes on. */
  clear(id?: number): void {
    for (const [entryId, entry] of this.entries) {
      if (id !== undefined && id !== entryId) continue;
      this.entries.delete(entryId);
      entry.controller.abort();
    }
  }

  list(): { id: number; spec: FaultSpec }[] {
    return [...this.entries.values()].map(({ fault }) => ({ id: fault.id, spec: fault.spec }));
  }
}

/** These hold something back until cleared, so they stay listed after they struck. */
const lasts = (spec: FaultSpec): boolean =>
  spec.kind === 'hang-sampling' || (spec.kind === 'slow-route' && spec.delayMs === undefined);

function strikes(spec: FaultSpec): number {
  if ('times' in spec && spec.times !== undefined) return spec.times;
  return spec.kind === 'slow-route' || spec.kind === 'fail-route' ? Infinity : 1;
}
