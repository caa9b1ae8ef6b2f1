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
  type HealthEvent,
  type HealthFlag,
  healthFrom,
  inheritedHealth,
  newNode,
  type NodeHealth,
  type NodeTruth,
  onCanarySent,
  onFault,
  onInconclusive,
  onSuccess,
  reduceHealth,
} from '../domain/index.js';

/** What somebody learned of a node, for its owner to judge. */
export type Evidence =
  | { kind: 'success' }
  /** `sticky`: every later prompt will fail too, until its process is restarted. */
  | { kind: 'fault'; sticky: boolean }
  | { kind: 'inconclusive'; promptId: string }
  | { kind: 'canary'; promptId: string }
  | { kind: 'flag'; flag: HealthFlag }
  /** A new process answers there. */
  | { kind: 'restarted' }
  /** Its inventory is another one than it told. */
  | { kind: 'contradicted' };

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
  private canaryHeldUntilMs = 0;
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
    return (
      this.admission === 'none' || (this.admission === 'canary' && this.deps.nowMs() < this.canaryHeldUntilMs)
    );
  }

  holdForCanary(): void {
    if (this.breaker.state !== 'closed') this.canaryHeldUntilMs = this.deps.nowMs() + canaryHeldMs;
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
    switch (evidence.kind) {
      case 'success':
        return this.setBreaker(onSuccess(this.breaker));
      case 'fault':
        if (evidence.sticky) this.apply({ type: 'flag_raised', flag: 'sick_gpu' });
        return this.setBreaker(
          onFault(this.breaker, {
            atMs: this.deps.nowMs(),
            sticky: evidence.sticky,
            random: this.deps.random(),
          }),
        );
      case 'inconclusive':
        return this.setBreaker(onInconclusive(this.breaker, evidence.promptId));
      case 'canary':
        return this.setBreaker(onCanarySent(this.breaker, evidence.promptId));
      case 'flag':
        return this.apply({ type: 'flag_raised', flag: evidence.flag });
      case 'restarted':
        return this.apply({ type: 'restarted' });
      case 'contradicted':
    }
  }

  private copy(truth: NodeTruth, health: NodeHealth): void {
    this.ver = truth.ver;
    this.health = health;
    this.breaker = breakerFrom(truth.breaker, this.deps.nowMs());
    this.canaryHeldUntilMs = 0;
  }

  private setBreaker(next: Breaker): void {
    const differs = JSON.stringify(next) !== JSON.stringify(this.breaker);
    this.breaker = next;
    if (differs) this.deps.changed();
  }
}

const describe = ({ state, admin, flags }: NodeHealth): unknown => [state.name, admin, flags];

const ofOperator = new Set<HealthEvent['type']>([
  'drain',
  'undrain',
  'disable',
  'enable',
  'emptied',
  'occupied',
]);
const isOfOperator = ({ type }: HealthEvent): boolean => ofOperator.has(type);
