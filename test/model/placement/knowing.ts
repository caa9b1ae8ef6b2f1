/** How knowledge of the node travels: its owner judges and writes, others read; owners die, hand over, and are overtaken. */
import {
  type Evidence,
  type HealthFlag,
  judged,
  type Judged,
  mayReceive,
  type NodeHealth,
  admission,
} from '../../../src/modules/nodes/domain/index.js';
import type { Rules, Step } from './rules.js';
import {
  both,
  type Index,
  name,
  promptId,
  type Replica,
  spend,
  type State,
  type Truth,
  withReplica,
} from './state.js';

const nowMs = 0;
/** Of a breaker that is open: not due yet, whatever time that takes. */
const laterMs = 1;

const healthOf = ({ truth, drained }: Replica): NodeHealth => ({
  state: { name: 'ready', sinceMs: 0, failing: null },
  admin: drained ? 'draining' : 'none',
  flags: truth.sick ? ['sick_gpu' satisfies HealthFlag] : [],
});

/** The node as a replica knows it, for the product's rules. */
export function judgedBy(replica: Replica, { oneCanary }: Rules): Judged {
  const health = healthOf(replica);
  const held = oneCanary ? replica.held : undefined;
  const { breaker } = replica.truth;
  const lets = admission(breaker, nowMs);
  return {
    settings: { id: 'x' },
    health,
    breaker,
    isSound: mayReceive(health),
    isEjected: lets === 'none' || (lets === 'canary' && held !== undefined),
    standing: { admission: lets },
  };
}

/** By the owner, in its own memory first. */
export function judge(state: State, who: Index, evidence: Evidence): State {
  const { truth } = state.replicas[who];
  const before = { health: healthOf(state.replicas[who]), breaker: truth.breaker };
  const { health, breaker } = judged(before, evidence, { atMs: nowMs, random: 0 });
  const known: Truth = {
    ...truth,
    sick: health.flags.includes('sick_gpu'),
    breaker: breaker.state === 'open' && breaker.untilMs > nowMs ? { ...breaker, untilMs: laterMs } : breaker,
  };
  const isNews = JSON.stringify(known) !== JSON.stringify(truth);
  return isNews ? withReplica(state, who, { truth: known, unwritten: true }) : state;
}

/** What a replica learned of the node: its owner judges at once, another tells. */
export function note(state: State, who: Index, evidence: Evidence): State {
  if (state.replicas[who].epoch > 0) return judge(state, who, evidence);
  return { ...state, told: [...state.told, evidence] };
}

export function write(state: State, who: Index, { fences }: Rules): State {
  const { row } = state;
  const me = state.replicas[who];
  const mayWrite = !fences || (row.owner === who && row.epoch === me.epoch);
  if (!mayWrite) return withReplica(state, who, { epoch: 0, unwritten: false });
  const truth = { ...me.truth, ver: row.truth.ver + 1 };
  const written = {
    ...state,
    row: { ...row, truth },
    sickIsWritten: state.sickIsWritten || (truth.sick && state.node.broken),
  };
  return withReplica(written, who, { truth, unwritten: false });
}

export function knowing(state: State, rules: Rules): Step[] {
  return [
    ...hearing(state),
    ...both.flatMap((who) =>
      state.replicas[who].alive
        ? [...owning(state, who, rules), ...reading(state, who), ...claiming(state, who, rules)]
        : [],
    ),
    ...growingSure(state, rules),
    ...waiting(state),
  ];
}

function hearing(state: State): Step[] {
  return state.told.flatMap((evidence, at) => {
    const rest = { ...state, told: state.told.filter((_, other) => other !== at) };
    const owners = both.filter((who) => state.replicas[who].alive && state.replicas[who].epoch > 0);
    const heard = owners.reduce<State>((from, who) => hear(from, who, evidence), rest);
    const steps = owners.length > 0 ? [{ name: `the owner hears of a ${evidence.kind}`, state: heard }] : [];
    if (state.left.losses > 0 || owners.length === 0)
      steps.push({
        name: `nobody hears of a ${evidence.kind}`,
        state: owners.length > 0 ? spend(rest, 'losses') : rest,
      });
    return steps;
  });
}

/** An owner that is told that its lists are wrong reads them anew. */
function hear(state: State, who: Index, evidence: Evidence): State {
  return evidence.kind === 'contradicted'
    ? seen(state, who, { lists: state.node.hasFile })
    : judge(state, who, evidence);
}

/** What an owner does besides hearing: looks at the node, writes, hands over. */
function owning(state: State, who: Index, rules: Rules): Step[] {
  const { truth, epoch, unwritten } = state.replicas[who];
  if (epoch === 0) return [];
  const { hasFile, broken } = state.node;
  const steps: Step[] = [];
  if (unwritten) steps.push({ name: `${name(who)} writes what it judged`, state: write(state, who, rules) });
  if (truth.lists !== hasFile)
    steps.push({ name: `${name(who)} reads the inventory`, state: seen(state, who, { lists: hasFile }) });
  // Its statistics are there again, which tells any owner of a new process.
  if (truth.sick && !broken)
    steps.push({ name: `${name(who)} sees a new process`, state: judge(state, who, { kind: 'restarted' }) });
  // Of which no word arrived.
  if (state.claim !== null && admission(truth.breaker, nowMs) === 'canary')
    steps.push({
      name: `${name(who)} reads who claimed the node`,
      state: judge(state, who, { kind: 'canary', promptId: state.claim }),
    });
  return [...steps, ...handingOver(state, who), ...givingWay(state, who, rules)];
}

export const seen = (state: State, who: Index, patch: Partial<Truth>): State =>
  withReplica(state, who, { truth: { ...state.replicas[who].truth, ...patch }, unwritten: true });

function handingOver(state: State, who: Index): Step[] {
  const { row, left } = state;
  const { epoch, unwritten } = state.replicas[who];
  if (left.moves === 0 || unwritten || row.owner !== who || row.epoch !== epoch) return [];
  const free = { ...row, owner: null, truth: { ...row.truth, ver: row.truth.ver + 1 } };
  const released = withReplica(spend(state, 'moves'), who, { epoch: 0 });
  return [{ name: `${name(who)} hands the node over`, state: { ...released, row: free } }];
}

function givingWay(state: State, who: Index, { canaryGivesWay }: Rules): Step[] {
  const { breaker } = state.replicas[who].truth;
  if (!canaryGivesWay || breaker.state !== 'half_open' || breaker.canary === null) return [];
  const { canary } = breaker;
  const isOpen = both.some((at) => state.jobs[at].attempt && promptId(at, state.jobs[at]) === canary);
  const isSpokenOf = state.told.some((evidence) => evidence.kind !== 'canary');
  if (isOpen || isSpokenOf) return [];
  const next = judge(state, who, { kind: 'inconclusive', promptId: canary });
  return [{ name: `${name(who)} finds its canary closed`, state: next }];
}

/** The row and the operator's wish; an owner that was overtaken learns of it. */
function reading(state: State, who: Index): Step[] {
  const { row, drainWanted } = state;
  const me = state.replicas[who];
  const isOwner = me.epoch > 0 && row.owner === who && row.epoch === me.epoch;
  const isNews = !isOwner && (row.truth.ver > me.truth.ver || me.epoch > 0);
  if (!isNews && me.drained === drainWanted) return [];
  const copied = { truth: row.truth, held: knownClaim(state, me), epoch: 0, unwritten: false };
  const read = withReplica(state, who, { ...(isNews && copied), drained: drainWanted });
  return [{ name: `${name(who)} reads the row`, state: read }];
}

/** Another word on the node ends the wait for a canary that was placed, not for one that claimed it. */
const knownClaim = ({ claim }: State, { held }: Replica): string | undefined =>
  held === claim ? held : undefined;

function claiming(state: State, who: Index, { inherits }: Rules): Step[] {
  const { row } = state;
  if (row.owner === who) return [];
  const isFree = row.owner === null || !state.replicas[row.owner].alive;
  if (!isFree && state.left.overtakes === 0) return [];
  const fresh: Truth = {
    ...row.truth,
    sick: false,
    breaker: { state: 'closed', consecutiveFaults: 0, timesOpened: 0 },
  };
  const truth = { ...(inherits ? row.truth : fresh), ver: row.truth.ver + 1 };
  const epoch = row.epoch + 1;
  const from = isFree ? state : spend(state, 'overtakes');
  const claimed = { ...from, row: { truth: { ...row.truth, ver: truth.ver }, owner: who, epoch } };
  const held = knownClaim(state, state.replicas[who]);
  const judgedAnew = withReplica(claimed, who, { truth, epoch, unwritten: true, held });
  return [
    { name: `${name(who)} claims the node${isFree ? '' : ', though its owner lives'}`, state: judgedAnew },
  ];
}

/** The time for which the leader doubts is longer than a reading takes, and a write that is under way. */
function growingSure(state: State, { writesFirst }: Rules): Step[] {
  const { unsure, leader, replicas, row, drainWanted } = state;
  const alive = replicas.filter((replica) => replica.alive);
  const isWritten = !writesFirst || alive.every(({ unwritten }) => !unwritten);
  const isRead = alive.every(({ truth, drained }) => truth.ver >= row.truth.ver && drained === drainWanted);
  if (!unsure || !isWritten || !isRead || state.told.length > 0) return [];
  // In the meantime it looked at the record.
  const held = state.claim ?? replicas[leader].held;
  const sure = withReplica({ ...state, unsure: false }, leader, { held });
  return [{ name: 'the leader is sure of the node again', state: sure }];
}

const isOpen = ({ breaker }: Truth): boolean => breaker.state === 'open' && breaker.untilMs > nowMs;

const due = (truth: Truth): Truth =>
  truth.breaker.state === 'open' ? { ...truth, breaker: { ...truth.breaker, untilMs: nowMs } } : truth;

/** A breaker that is open becomes due, and who waited for word of a canary waits no longer than that takes. */
function waiting(state: State): Step[] {
  const steps: Step[] = [];
  if (isOpen(state.row.truth) || state.replicas.some(({ truth }) => isOpen(truth))) {
    const [a, b] = state.replicas;
    const replicas = [
      { ...a, truth: due(a.truth) },
      { ...b, truth: due(b.truth) },
    ] as const;
    const row = { ...state.row, truth: due(state.row.truth) };
    steps.push({ name: 'the open breaker becomes due', state: { ...state, row, replicas } });
  }
  for (const who of both)
    if (state.replicas[who].held !== undefined && heardAll(state, who))
      steps.push({
        name: `${name(who)} waits no longer`,
        state: withReplica(state, who, { held: undefined }),
      });
  return steps;
}

/** What can be known of the prompt that it waits for, it knows: that it claimed the node, or not yet, since its inputs are big. */
function heardAll({ replicas, row, claim, told }: State, who: Index): boolean {
  const { held, truth } = replicas[who];
  const isWritten = replicas.every(({ unwritten }) => !unwritten) && truth.ver >= row.truth.ver;
  return held !== claim && isWritten && told.length === 0;
}
