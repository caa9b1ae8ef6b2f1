/**
 * Everything this replica does on one node: its event socket, the attempts it follows there, and the reaper, which
 * stops prompts that are ours but whose attempts are closed (a post that landed after it was given up).
 */
import { validate as isUuid } from 'uuid';
import { PeriodicLoop, untilAborted } from '../../../platform/lifecycle/index.js';
import type { Logger } from '../../../platform/logging/index.js';
import { type ComfyEvent, ComfySocket } from '../../comfyui/index.js';
import type { AttemptsStore, OpenAttempt } from '../../jobs/index.js';
import type { NodeMonitor, NodesService } from '../../nodes/index.js';
import type { AttemptRun } from '../run/attempt-run.js';
import { EventRelay } from '../relay/event-relay.js';
import { interruptPrompt } from '../run/at-node/prompt-at-node.js';
import type { PromptPreparer } from '../run/prompt.js';
import type { NodeAtWork } from '../run/run-dependencies.js';
import type { Runs } from '../run/runs.js';
import type { RunEvents } from '../relay/run-events.js';

interface AgentDependencies {
  runs: Runs;
  runEvents: RunEvents;
  attempts: Pick<AttemptsStore, 'oursAmong'>;
  preparer: Pick<PromptPreparer, 'preload' | 'forgetPlacements'>;
  nodes: Pick<NodesService, 'noteForeignPrompts' | 'noteMemoryLost'>;
  log: Logger;
}

/** Orders that wait for the one under way. */
const preloadsMax = 4;

export class NodeAgent {
  private readonly socket: ComfySocket;
  private readonly runs = new Map<string, AttemptRun>();
  private readonly reaper: PeriodicLoop;
  private readonly relay: EventRelay;
  private readonly node: NodeAtWork;
  private foreignPrompts = 0;
  private wasOpen = false;
  private isTroubleTold = false;
  private isStopping = false;
  private preloads = 0;
  private preloading: Promise<void> = Promise.resolve();

  constructor(
    readonly monitor: NodeMonitor,
    private readonly deps: AgentDependencies,
    idleIntervalMs: number,
  ) {
    this.node = deps.runs.at(monitor, {
      clientId: () => this.socket.clientId,
      eventsTold: async (promptId) => this.relay.told(promptId),
    });
    this.socket = new ComfySocket({ baseUrl: new URL(monitor.settings.url) });
    this.socket.on('event', (event) => this.hear(event));
    this.relay = new EventRelay(monitor.settings.id, deps.runEvents, (id) => this.runs.get(id)?.jobId);
    this.socket.on('text', (text, event) => this.relay.text(text, event));
    this.socket.on('frame', (bytes) => this.relay.binary(bytes));
    this.socket.on('open', () => {
      this.wasOpen = true;
      this.isTroubleTold = false;
    });
    this.socket.on('close', () => this.socketClosed());
    this.socket.on('trouble', (error) => this.socketTroubled(error));
    this.reaper = new PeriodicLoop({
      name: `reaper ${monitor.settings.id}`,
      intervalMs: idleIntervalMs,
      log: deps.log,
      turn: async (signal) => untilAborted(this.reap(), signal),
    });
  }

  start(): void {
    this.socket.start();
    this.reaper.start();
  }

  /** The attempts stay open and their prompts go on. */
  async stop(): Promise<void> {
    this.isStopping = true;
    const runs = [...this.runs.values()].map(async (run) => run.stop());
    await Promise.all([this.reaper.stop(), this.socket.stop(), ...runs]);
    await this.node.finished.tell();
  }

  /** Follows what the record says is ours here and nothing else, and hands on new wishes to what is followed already. */
  reconcile(attempts: OpenAttempt[]): void {
    const open = new Set(attempts.map(({ promptId }) => promptId));
    for (const [promptId, run] of this.runs) if (!open.has(promptId)) void run.stop();
    for (const attempt of attempts) {
      const run = this.runs.get(attempt.promptId);
      if (run) run.update(attempt);
      else this.follow(attempt);
    }
    // Another replica may own the node: having no run of it says nothing.
    if (this.runs.size > 0) this.monitor.noteWork(this.runs.size);
  }

  /** One order after the other, beside what else goes on. What fails is sent when it is needed. */
  preload(files: readonly string[]): void {
    if (this.preloads >= preloadsMax) return;
    this.preloads += 1;
    this.preloading = this.preloading
      .then(async () => this.send(files))
      .catch((error: unknown) =>
        this.deps.log.debug(
          { err: error, node: this.monitor.settings.id },
          'an input could not be sent ahead',
        ),
      )
      .finally(() => (this.preloads -= 1));
  }

  private async send(files: readonly string[]): Promise<void> {
    for (const file of files) if (!this.isStopping) await this.deps.preparer.preload(file, this.monitor);
  }

  private follow(attempt: OpenAttempt): void {
    const run = this.deps.runs.of(attempt, this.node);
    this.runs.set(attempt.promptId, run);
    run.start(() => {
      this.runs.delete(attempt.promptId);
      this.monitor.noteWork(this.runs.size);
    });
  }

  /**
   * Perhaps the process is gone, and a new one answers before any poll fails: its disk and its memory may be others. While a
   * prompt of ours is there, its fate tells.
   */
  private socketClosed(): void {
    this.relay.closed();
    this.deps.preparer.forgetPlacements(this.monitor);
    const mayBeAnother = this.wasOpen && !this.isStopping && this.runs.size === 0;
    this.wasOpen = false;
    if (mayBeAnother) void this.deps.nodes.noteMemoryLost(this.monitor.settings.id);
  }

  /** Told once per connection: what one frame did, each may do. */
  private socketTroubled(error: unknown): void {
    if (this.isTroubleTold) return;
    this.isTroubleTold = true;
    this.deps.log.warn(
      { err: error, node: this.monitor.settings.id },
      'an event of a node could not be handled; polls go on',
    );
  }

  private hear(event: ComfyEvent): void {
    if (event.type === 'status' && event.queueRemaining > this.runs.size + this.foreignPrompts)
      this.reaper.wake();
    if ('promptId' in event && event.promptId !== undefined) this.runs.get(event.promptId)?.hear(event);
  }

  private async reap(): Promise<void> {
    if (!this.monitor.answers) return;
    // The queue's listing holds whole prompts: not to be asked for in vain.
    if ((await this.monitor.client.queueRemaining()) === 0) {
      return this.tellForeign(0);
    }
    const { running, pending } = await this.monitor.client.queue();
    const strangers = [...running, ...pending]
      .map((entry) => entry.promptId)
      .filter((id) => !this.runs.has(id));
    const ours = await this.deps.attempts.oursAmong(strangers.filter((id) => isUuid(id)));
    await this.tellForeign(strangers.length - ours.length);
    for (const { promptId, closed } of ours)
      if (closed)
        await this.stopPrompt(
          promptId,
          running.some((entry) => entry.promptId === promptId),
        );
  }

  private async tellForeign(count: number): Promise<void> {
    this.foreignPrompts = count;
    await this.deps.nodes.noteForeignPrompts(this.monitor.settings.id, count);
  }

  private async stopPrompt(promptId: string, isRunning: boolean): Promise<void> {
    this.deps.log.warn(
      { node: this.monitor.settings.id, promptId },
      'stopping a prompt whose attempt is closed',
    );
    await (isRunning ? interruptPrompt(this.monitor, promptId) : this.monitor.client.withdraw([promptId]));
  }
}
