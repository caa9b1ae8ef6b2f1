/** A ComfyUI server as a state machine: a queue, one worker, a history; all of it is lost with the process. */
import type { HistoryEntry, QueueReading } from '../../src/modules/comfyui/domain/index.js';
import { type World } from './world.js';

export interface Run {
  promptId: string;
  arrivedMs: number;
  startedMs: number;
  endedMs: number | undefined;
  outcome: 'execution_success' | 'execution_error' | 'execution_interrupted' | 'lost' | undefined;
}

/** How a prompt will go: its length, and the error it ends with, if any. */
export type Script = (promptId: string) => { runMs: number; error: string | undefined };

export class SimulatedNode {
  up = true;
  /** It works on, and nobody reaches it. */
  outOfReach = false;
  /** What the next posts do instead of being queued and answered. */
  readonly tricks: ('lie' | 'late' | 'lose answer')[] = [];
  readonly runs: Run[] = [];
  /** When its history was last lost. */
  forgotMs = -1;
  private life = 1;
  private pending: string[] = [];
  private readonly arrivals = new Map<string, number>();
  private current: Run | undefined;
  private history = new Map<string, HistoryEntry>();

  constructor(
    readonly id: string,
    private readonly world: World,
    private readonly script: Script,
    private readonly started: (node: SimulatedNode, promptId: string) => void,
  ) {}

  get answers(): boolean {
    return this.up && !this.outOfReach;
  }

  accept(promptId: string): void {
    if (!this.up) return;
    this.world.say(`${this.id} accepts ${promptId}`);
    this.pending.push(promptId);
    this.arrivals.set(promptId, this.world.nowMs);
    this.startNext();
  }

  queue(): QueueReading {
    return {
      running: this.current ? [entry(this.current.promptId, 0)] : [],
      pending: this.pending.map(entry),
    };
  }

  historyOf(promptId: string): HistoryEntry | undefined {
    return this.history.get(promptId);
  }

  withdraw(promptId: string): void {
    this.pending = this.pending.filter((id) => id !== promptId);
  }

  interrupt(promptId: string): void {
    if (this.current?.promptId === promptId) this.finish(this.current, 'execution_interrupted', {});
  }

  clearHistory(): void {
    this.history.clear();
    this.forgotMs = this.world.nowMs;
  }

  restart(downMs: number): void {
    if (!this.up) return;
    this.up = false;
    this.life += 1;
    if (this.current) Object.assign(this.current, { endedMs: this.world.nowMs, outcome: 'lost' });
    this.current = undefined;
    this.pending = [];
    this.clearHistory();
    this.world.after(downMs, () => (this.up = true));
  }

  private startNext(): void {
    if (this.current) return;
    const promptId = this.pending.shift();
    if (promptId === undefined) return;
    const { nowMs: startedMs } = this.world;
    const arrivedMs = this.arrivals.get(promptId)!;
    const run: Run = { promptId, arrivedMs, startedMs, endedMs: undefined, outcome: undefined };
    this.current = run;
    this.runs.push(run);
    this.world.say(`${this.id} starts ${promptId}`);
    this.started(this, promptId);
    const { runMs, error } = this.script(promptId);
    const { life } = this;
    this.world.after(runMs, () => {
      if (this.life !== life || this.current !== run) return;
      this.finish(run, error === undefined ? 'execution_success' : 'execution_error', {
        exception_type: error,
        exception_message: error,
      });
    });
  }

  private finish(
    run: Run,
    outcome: Exclude<Run['outcome'], 'lost' | undefined>,
    data: Record<string, unknown>,
  ): void {
    Object.assign(run, { endedMs: this.world.nowMs, outcome });
    this.world.say(`${this.id} ends ${run.promptId}: ${outcome}`);
    this.history.set(run.promptId, {
      outputs: {},
      meta: {},
      statusText: outcome === 'execution_success' ? 'success' : 'error',
      messages: [[outcome, data]],
    });
    this.current = undefined;
    this.startNext();
  }
}

const entry = (promptId: string, number: number) => ({ number, promptId, clientId: undefined });
