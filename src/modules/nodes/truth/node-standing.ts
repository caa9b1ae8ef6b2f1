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
  private held: { promptId: string; untilMs: number } | undefined;
  private canaryMisses = 0;

  constructor(private readonly deps: StandingDependencies) {}

  get isOwner(): boolean {
    return this.epoch !== undefined;
  }

  get admission(): Admission {
    return admission(this.breaker, this.deps.nowMs());
  }

  /** Its breaker keeps new work away; a canary that was just placed stands before the next. */
  get isEjected(): boolean {
    return this.admission === 'none' || (this.admission === 'canary' && this.canaryHeldFor !== undefined);
  }

  /** The prompt that was placed or sent here last to try the node, until its owner has had time to hear of it. */
  get canaryHeldFor(): string | undefined {
    const { held } = this;
    return held && this.deps.nowMs() < held.untilMs ? held.promptId : undefined;
  }

  holdForCanary(promptId: string): void {
    if (this.breaker.state !== 'closed') this.held = { promptId, untilMs: this.deps.nowMs() + canaryHeldMs };
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

  /** A canary that is closed without a word (its owner died just then) gives way to the next. */
  noteOpen(promptIds: readonly string[]): void {
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
    this.held = undefined;
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
