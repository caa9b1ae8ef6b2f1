/** A replica: renews, leads, adopts, follows and reaps, deciding with the product's own functions. */
import { ownerOf } from '../../src/platform/cluster/rendezvous.js';
import { readFate } from '../../src/modules/comfyui/domain/index.js';
import {
  attemptMove,
  type Counters,
  countersFrom,
  type Move,
  type Observation,
} from '../../src/modules/dispatch/domain/attempt/attempt-move.js';
import { close } from '../../src/modules/dispatch/domain/attempt/step.js';
import type { AttemptOutcome } from '../../src/modules/jobs/domain/states.js';
import { decideOn } from './deciding.js';
import { handOver, wantedBack } from './handing-over.js';
import type { SimulatedNode } from './node.js';
import { type Attempt, Away, type Place, type Store } from './store.js';
import type { Host, Process, World } from './world.js';

/** The service's defaults. */
export const timings = {
  pollMs: 2000,
  idleMs: 5000,
  turnMs: 1000,
  sendTimeoutMs: 10_000,
  settleMs: 30_000,
  lostGraceMs: 60_000,
  runLimitMs: 600_000,
  replicaLeaseMs: 7000,
  leaderLeaseMs: 6000,
  renewMs: 2000,
};
const callTimeoutMs = 5000;

/** What a process remembers of an attempt; a crash wipes it. */
interface Memory {
  counters: Counters;
}

const seenOf = {
  answered: { kind: 'posted' },
  timeout: { kind: 'unanswered' },
  refused: { kind: 'rejected', closing: close('not_sent', 'refused') },
} as const satisfies Record<string, Observation>;

type Answered<T> = { answer: T } | 'refused' | 'timeout';

export class SimulatedReplica implements Host {
  life = 0;
  pausedUntilMs = 0;
  private live: string[] = [];
  private readonly following = new Set<string>();

  constructor(
    readonly name: string,
    private readonly world: World,
    private readonly store: Store,
    private readonly nodes: ReadonlyMap<string, SimulatedNode>,
    /** Told of placements as they are decided. */
    private readonly placing: (placements: readonly Place[]) => void,
  ) {}

  get id(): string {
    return `${this.name}.${this.life}`;
  }

  start(): void {
    this.life += 1;
    this.following.clear();
    this.world.say(`${this.id} starts`);
    for (const [everyMs, turn] of [
      [timings.renewMs, () => this.renew()],
      [timings.turnMs, () => this.lead()],
      [timings.turnMs, () => this.adopt()],
    ] as const)
      this.world.spawn(this, this.repeat(everyMs, turn));
    for (const node of this.nodes.values()) {
      this.world.spawn(this, this.reap(node));
      this.world.spawn(this, this.lookForLate(node));
    }
  }

  crash(backMs: number): void {
    this.life += 1;
    this.world.say(`${this.name} dies`);
    this.world.after(backMs, () => this.start());
  }

  private *repeat(everyMs: number, turn: () => void): Process {
    for (;;) {
      attempt(turn);
      yield everyMs;
    }
  }

  private renew(): void {
    const { heartbeats } = this.store.reach();
    heartbeats.set(this.id, this.world.nowMs);
    this.live = [...heartbeats].flatMap(([id, atMs]) =>
      atMs > this.world.nowMs - timings.replicaLeaseMs ? [id] : [],
    );
  }

  private lead(): void {
    const { leader } = this.store.reach();
    if (leader.replica !== this.id && leader.expiresMs >= this.world.nowMs) return;
    if (leader.replica !== this.id) Object.assign(leader, { replica: this.id, term: leader.term + 1 });
    leader.expiresMs = this.world.nowMs + timings.leaderLeaseMs;
    const { term } = leader;
    this.store.promoteDue();
    this.store.expireOverdue();
    // The snapshot and the commit are two moments: whatever happens between them is the record's to refuse.
    const placements = this.decide();
    this.placing(placements);
    this.world.spawn(this, this.commit(placements, wantedBack(this.store, this.world.rng), term));
  }

  private *commit(placements: Place[], wanted: string[], term: number): Process {
    yield this.world.latencyMs();
    attempt(() => {
      this.store.reach();
      for (const place of placements)
        this.store.place(place, ownerOf(place.nodeId, this.live.length > 0 ? this.live : [this.id]), term);
      for (const promptId of wanted) this.store.requestWithdrawal(promptId);
    });
  }

  private decide(): Place[] {
    const nodes = [...this.nodes.values()];
    const placed = decideOn(this.store, nodes, this.world.nowMs).map(({ jobId, nodeId }) => ({
      jobId,
      nodeId,
      slot: 0,
    }));
    return [...placed, ...handOver(this.store, nodes, placed, this.world.rng)];
  }

  private adopt(): void {
    const { heartbeats } = this.store.reach();
    for (const seen of this.store.open()) {
      const isDead = (heartbeats.get(seen.owner) ?? -Infinity) < this.world.nowMs - timings.replicaLeaseMs;
      if (isDead && this.live.length > 0 && ownerOf(seen.nodeId, this.live) === this.id)
        this.store.takeOver(seen, this.id);
    }
    for (const mine of this.store.openOf(this.id)) {
      if (this.following.has(mine.promptId)) continue;
      this.following.add(mine.promptId);
      this.world.spawn(this, this.follow({ ...mine }));
    }
  }

  /** As the product's AttemptRun: every turn decides on the row as it was before the node was asked. */
  private *follow(seen: Attempt): Process {
    const node = this.nodes.get(seen.nodeId)!;
    const memory = { counters: countersFrom(seen) };
    let row: Attempt | null = seen;
    while (row && row.state !== 'closed') {
      const before: Attempt = row;
      try {
        this.store.reach();
        row =
          before.state === 'intent'
            ? yield* this.send(before, node, memory)
            : yield* this.look(before, node, memory);
      } catch (error) {
        if (!(error instanceof Away)) throw error;
      }
      yield row?.state === 'sending' || row === before ? timings.pollMs : this.world.latencyMs();
    }
    this.following.delete(seen.promptId);
  }

  private *send(row: Attempt, node: SimulatedNode, memory: Memory): Generator<number, Attempt | null, void> {
    const before = this.moveFor(row, { kind: 'unsent', refusal: undefined }, memory);
    if (before.kind === 'close') return this.end(row, before.outcome);
    const sending = this.store.move(row, 'sending', {
      sendDeadlineMs: this.world.nowMs + timings.sendTimeoutMs,
    });
    if (!sending) return null;
    yield this.world.latencyMs();
    const posted = yield* this.post(sending.promptId, node);
    this.store.reach();
    return yield* this.carryOut(sending, node, this.moveFor(sending, seenOf[posted], memory));
  }

  /** What is on its way arrives, whether or not its sender still waits or lives. */
  private *post(
    promptId: string,
    node: SimulatedNode,
  ): Generator<number, 'answered' | 'refused' | 'timeout', void> {
    if (!node.up) return 'refused';
    const trick = node.tricks.shift();
    const isLate = trick === 'late' || node.outOfReach;
    const arrival = { done: false };
    const delayMs = isLate ? this.world.rng.int(60_000) : this.world.latencyMs();
    this.world.after(delayMs, () => {
      if (trick !== 'lie') node.accept(promptId);
      arrival.done = trick !== 'lose answer' && !node.outOfReach;
    });
    for (let waitedMs = 0; waitedMs < timings.sendTimeoutMs; waitedMs += 50) {
      if (arrival.done) return 'answered';
      yield 50;
    }
    return 'timeout';
  }

  private *look(row: Attempt, node: SimulatedNode, memory: Memory): Generator<number, Attempt | null, void> {
    const settled = row.state !== 'sending' || this.world.nowMs >= row.sendDeadlineMs + timings.settleMs;
    const beganMs = this.world.nowMs;
    const queue = yield* this.ask(node, () => node.queue());
    const history =
      typeof queue === 'string' ? queue : yield* this.ask(node, () => node.historyOf(row.promptId));
    this.store.reach();
    const seen: Observation =
      typeof queue === 'string' || typeof history === 'string'
        ? {
            kind: 'silent',
            message: 'no answer',
            refused: queue === 'refused' || history === 'refused',
            beganMs,
            nowMs: this.world.nowMs,
            processEnded: false,
            graceMs: timings.lostGraceMs,
          }
        : { kind: 'read', fate: readFate({ queue: queue.answer, history: history.answer }, row.promptId) };
    return yield* this.carryOut(row, node, this.moveFor(row, seen, memory, settled));
  }

  /** As the product decides. Sockets are not simulated: whatever is heard on them may be missed. */
  private moveFor(row: Attempt, seen: Observation, memory: Memory, settled = true): Move {
    const { state, runningAtMs } = row;
    const facts = {
      state,
      settled,
      cancelRequested: this.cancelRequested(row),
      withdrawRequested: this.withdrawRequested(row),
      heardStart: false,
      began: runningAtMs !== undefined,
      overdue: runningAtMs !== undefined && this.world.nowMs - runningAtMs > timings.runLimitMs,
    };
    const { move, counters } = attemptMove(facts, seen, memory.counters);
    memory.counters = counters;
    return move;
  }

  private *carryOut(row: Attempt, node: SimulatedNode, move: Move): Generator<number, Attempt | null, void> {
    switch (move.kind) {
      case 'send':
      case 'look':
      case 'wait':
        return row;
      case 'advance':
        return this.store.move(row, move.to, move.to === 'running' ? { runningAtMs: this.world.nowMs } : {});
      case 'stop':
        yield* this.ask(node, () =>
          move.running ? node.interrupt(row.promptId) : node.withdraw(row.promptId),
        );
        return row;
      case 'close':
        return this.end(row, move.outcome, move.code === 'unreachable');
      case 'collect': {
        const collecting = row.state === 'collecting' ? row : this.store.move(row, 'collecting');
        if (!collecting) return null;
        yield this.world.latencyMs() * 10;
        this.store.reach();
        return this.end(collecting, 'ok');
      }
    }
  }

  private end(row: Attempt, outcome: AttemptOutcome, outOfReach = false): null {
    this.store.settle(row, outcome, outOfReach);
    return null;
  }

  private cancelRequested({ jobId }: Attempt): boolean {
    return this.store.jobs.get(jobId)!.cancelRequested;
  }

  private withdrawRequested({ promptId }: Attempt): boolean {
    return this.store.attempts.get(promptId)!.withdrawRequested;
  }

  private *reap(node: SimulatedNode): Process {
    for (;;) {
      yield timings.pollMs;
      const queue = yield* this.ask(node, () => node.queue());
      if (typeof queue === 'string' || this.store.away) continue;
      for (const { promptId } of [...queue.answer.running, ...queue.answer.pending]) {
        if (this.store.attempts.get(promptId)!.closedMs === undefined) continue;
        this.world.say(`${this.id} reaps ${promptId}`);
        yield* this.ask(node, () => node.withdraw(promptId));
        yield* this.ask(node, () => node.interrupt(promptId));
      }
    }
  }

  /** Rule of the late success: the owner of the node asks it for what was given up there. */
  private *lookForLate(node: SimulatedNode): Process {
    for (;;) {
      yield timings.idleMs;
      if (this.store.away || (this.live.length > 0 && ownerOf(node.id, this.live) !== this.id)) continue;
      for (const given of this.store.mayBeLate(node.id)) {
        const seen = { ...given };
        const history = yield* this.ask(node, () => node.historyOf(seen.promptId));
        if (typeof history === 'string') break;
        const fate = readFate(
          { queue: { running: [], pending: [] }, history: history.answer },
          seen.promptId,
        );
        if (fate.kind !== 'succeeded') continue;
        yield this.world.latencyMs() * 10;
        if (!this.store.away) this.store.adoptLate(seen);
      }
    }
  }

  private *ask<T>(node: SimulatedNode, question: () => T): Generator<number, Answered<T>, void> {
    yield this.world.latencyMs();
    if (!node.up) return 'refused';
    if (!node.answers) {
      yield callTimeoutMs;
      return 'timeout';
    }
    const answer = question();
    yield this.world.latencyMs();
    return { answer };
  }
}

/** A turn that meets no database is over. */
function attempt(turn: () => void): void {
  try {
    turn();
  } catch (error) {
    if (!(error instanceof Away)) throw error;
  }
}
