/**
 * How one node stands: its health and its breaker, by the pure rules of domain/. The replica that owns the node judges it; on
 * every other this is a copy of what the owner wrote. What an operator wants is known to all, and so is whether work is left.
 */
import {
  admission,
  type Admission,
  type Breaker,
  breakerFrom,
  closedBreaker,
  type Evidence,
  type HealthEvent,
  healthFrom,
  inheritedHealth,
  judged,
  type Judgement,
  newNode,
  type NodeHealth,
  type NodeTruth,
  reduceHealth,
} from '../domain/index.js';

export interface StandingDependencies {
  nowMs: () => number;
  random: () => number;
  /** After each change that somebody may want to know. */
  changed: () => void;
}

/** The owner hears of a canary that was placed within this, or it was none. */
const canaryHeldMs = 5_000;

export class NodeStanding {
  health: NodeHealth = newNode();
  breaker: Breaker = closedBreaker();
  /** Of the owner who judges here; undefined on every other replica. */
  epoch: number | undefined;
  /** Of the truth that was last read or written here. */
  ver = 0;
  private heldUntilMs = -Infinity;
  /** The open prompt that claimed the node to try it, as the last look at the record told. */
  private claimedBy: string | undefined;
  private canaryMisses = 0;

  constructor(private readonly deps: StandingDependencies) {}

  get isOwner(): boolean {
    return this.epoch !== undefined;
  }

  get admission(): Admission {
    return admission(this.breaker, this.deps.nowMs());
  }

  /** Its breaker keeps new work away; a canary that was just placed, or claimed the node, stands before the next. */
  get isEjected(): boolean {
    const isTried = this.deps.nowMs() < this.heldUntilMs || this.claimedBy !== undefined;
    return this.admission === 'none' || (this.admission === 'canary' && isTried);
  }

  /** A prompt was placed or is sent here to try the node: no other is placed until its owner has had time to hear of it. */
  holdForCanary(): void {
    if (this.breaker.state !== 'closed') this.heldUntilMs = this.deps.nowMs() + canaryHeldMs;
  }

  take(truth: NodeTruth, epoch: number): void {
    this.epoch = epoch;
    this.copy(truth, inheritedHealth(truth, this.health.admin, this.deps.nowMs()));
  }

  release(): void {
    this.epoch = undefined;
  }

  /** False when this is known already. */
  follow(truth: NodeTruth): boolean {
    if (this.isOwner || truth.ver <= this.ver) return false;
    this.copy(truth, healthFrom(truth, this.health.admin, this.deps.nowMs()));
    return true;
  }

  /**
   * A canary that is closed without a word (its owner died just then) gives way to the next; one of which no word arrived is known by its
   * claim.
   */
  noteOpen(promptIds: readonly string[], claimedBy: string | null): void {
    this.claimedBy = promptIds.find((id) => id === claimedBy);
    if (this.isOwner && this.admission === 'canary' && this.claimedBy !== undefined)
      this.judge({ kind: 'canary', promptId: this.claimedBy });
    const canary = this.breaker.state === 'half_open' ? this.breaker.canary : null;
    if (!this.isOwner || canary === null || promptIds.includes(canary)) this.canaryMisses = 0;
    // The list may be older than the canary.
    else if (++this.canaryMisses > 1) this.judge({ kind: 'inconclusive', promptId: canary });
  }

  /** Of polls and operators; what polls tell is the owner's alone to judge. */
  apply(event: HealthEvent, factsChanged = false): void {
    if (!this.isOwner && !isOfOperator(event)) return;
    const before = this.health;
    this.health = reduceHealth(before, event);
    const differs = JSON.stringify(describe(before)) !== JSON.stringify(describe(this.health));
    if (differs || factsChanged) this.deps.changed();
  }

  /** Only at the owner. */
  judge(evidence: Evidence): void {
    const random = evidence.kind === 'fault' ? this.deps.random() : 0;
    const before = { health: this.health, breaker: this.breaker };
    const after = judged(before, evidence, { atMs: this.deps.nowMs(), random });
    this.health = after.health;
    this.breaker = after.breaker;
    if (JSON.stringify(told(before)) !== JSON.stringify(told(after))) this.deps.changed();
  }

  private copy(truth: NodeTruth, health: NodeHealth): void {
    this.ver = truth.ver;
    this.health = health;
    this.breaker = breakerFrom(truth.breaker, this.deps.nowMs());
    this.heldUntilMs = -Infinity;
  }
}

const describe = ({ state, admin, flags }: NodeHealth): unknown => [state.name, admin, flags];

const told = ({ health, breaker }: Judgement): unknown => [describe(health), breaker];

const ofOperator = new Set<HealthEvent['type']>([
  'drain',
  'undrain',
  'disable',
  'enable',
  'emptied',
  'occupied',
]);
const isOfOperator = ({ type }: HealthEvent): boolean => ofOperator.has(type);
