/** What becomes of jobs: placed by the leader on what it knows, sent by the owner of the attempt on what that knows, run by the node as it is. */
import { lacksByNow } from '../../../src/modules/dispatch/domain/attempt/stale-placement.js';
import { dispositionOf, type RetryFacts } from '../../../src/modules/jobs/domain/retry.js';
import {
  admitted,
  type Judged,
  mustClaim,
  sendingRefusal,
  triedByAnother,
} from '../../../src/modules/nodes/domain/index.js';
import { moveOf } from '../deciding.js';
import { judgedBy, note, seen, write } from './knowing.js';
import type { Rules, Step } from './rules.js';
import {
  both,
  breached,
  type Index,
  name,
  promptId,
  spend,
  type State,
  withJob,
  withReplica,
} from './state.js';

export const guarantees = {
  heeded: 'no prompt is sent to a node that its sender knows to be broken or drained',
  newerWord: 'no prompt is sent for a file of which its sender knows by newer word that it is gone',
  oneCanary: 'one prompt at a time tries a node',
  charges: 'a job is charged for nothing but its own runs that failed',
  notFailed: 'no job fails for a fault that only some nodes have',
  notTwice: 'a job does not run again on the node that failed it while another can take it',
  sentBackOnce: 'a job is sent back once for one change of a node',
  wordKept: 'what was written of a GPU stands until its process is another',
} as const;

const well: Judged = {
  settings: { id: '' },
  health: { state: { name: 'ready', sinceMs: 0, failing: null }, admin: 'none', flags: [] },
  breaker: { state: 'closed', consecutiveFaults: 0, timesOpened: 0 },
  isSound: true,
  isEjected: false,
  standing: { admission: 'all' },
};
const fleet = (node: Judged): Judged[] => [node, ...['y', 'z'].map((id) => ({ ...well, settings: { id } }))];

export const running = (state: State, rules: Rules): Step[] =>
  both.flatMap((at) => [
    ...placing(state, at, rules),
    ...elsewhere(state, at),
    ...adopting(state, at),
    ...sending(state, at, rules),
    ...ending(state, at, rules),
  ]);

function placing(state: State, at: Index, rules: Rules): Step[] {
  const { leader, row } = state;
  const me = state.replicas[leader];
  const job = state.jobs[at];
  const node = judgedBy(me, rules);
  const isBarred = (rules.doubts && state.unsure) || (rules.avoids && job.avoids);
  if (job.state !== 'queued' || !me.alive || isBarred || !me.truth.lists) return [];
  if (!admitted(fleet(node)).accepting.includes(node)) return [];
  const tries = (job.tries + 1) % 2;
  return both.flatMap((sender) => {
    const isStranger = row.owner !== null && state.replicas[row.owner].alive && row.owner !== sender;
    if (!state.replicas[sender].alive || (isStranger && state.left.strangers === 0)) return [];
    const attempt = { phase: 'intent' as const, decidedOn: me.truth.ver, sender, isCanary: false };
    const placed = withJob(isStranger ? spend(state, 'strangers') : state, at, {
      state: 'active',
      attempt,
      tries,
    });
    const held = breached(placed, guarantees.notTwice, job.avoids);
    const tried = me.truth.breaker.state === 'closed' ? undefined : promptId(at, { ...job, tries });
    return [
      {
        name: `leader ${name(leader)} places job ${at + 1} on x, to be sent by ${name(sender)}`,
        state: tried === undefined ? held : withReplica(held, leader, { held: tried }),
      },
    ];
  });
}

/** The others have what it needs, and are well. */
function elsewhere(state: State, at: Index): Step[] {
  if (state.jobs[at].state !== 'queued') return [];
  return [{ name: `job ${at + 1} runs on another node`, state: withJob(state, at, { state: 'succeeded' }) }];
}

function adopting(state: State, at: Index): Step[] {
  const { attempt } = state.jobs[at];
  if (!attempt || state.replicas[attempt.sender].alive) return [];
  const sender: Index = attempt.sender === 0 ? 1 : 0;
  if (!state.replicas[sender].alive) return [];
  return [
    {
      name: `${name(sender)} adopts the attempt of job ${at + 1}`,
      state: withJob(state, at, { attempt: { ...attempt, sender } }),
    },
  ];
}

function sending(state: State, at: Index, rules: Rules): Step[] {
  const { attempt } = state.jobs[at];
  if (attempt?.phase !== 'intent' || !state.replicas[attempt.sender].alive) return [];
  const { sender, decidedOn } = attempt;
  const me = state.replicas[sender];
  const node = judgedBy(me, rules);
  const id = promptId(at, state.jobs[at]);
  const refusal = rules.sendersRefuse ? sendingRefusal(node, id, fleet(node)) : undefined;
  const lacks =
    rules.comparesVersions && lacksByNow({ decidedOn, ver: me.truth.ver, isReady: me.truth.lists });
  const isToClaim = rules.claims && mustClaim(node, fleet(node)) && state.claim !== id;
  const claimRefusal = isToClaim && state.claim !== null ? triedByAnother : undefined;
  const move = moveOf('intent', {
    kind: 'unsent',
    refusal: refusal ?? (lacks ? gone : undefined) ?? claimRefusal,
  });
  if (move.kind === 'close')
    return [
      { name: `${name(sender)} sends job ${at + 1} back`, state: sentBack(state, at, move.message, rules) },
    ];
  if (isToClaim)
    return [{ name: `${name(sender)} claims the node for job ${at + 1}`, state: { ...state, claim: id } }];
  return [{ name: `${name(sender)} posts job ${at + 1}`, state: posted(state, at) }];
}

function posted(state: State, at: Index): State {
  const job = state.jobs[at];
  const attempt = job.attempt!;
  const { sender, decidedOn } = attempt;
  const { truth, drained } = state.replicas[sender];
  const isCanary = truth.breaker.state !== 'closed';
  const isOther = both.some((other) => other !== at && state.jobs[other].attempt?.isCanary === true);
  const isKept = truth.breaker.state === 'open' && truth.breaker.untilMs > 0;
  let next = breached(state, guarantees.heeded, truth.sick || drained || isKept);
  next = breached(next, guarantees.newerWord, !truth.lists && truth.ver > decidedOn);
  next = breached(next, guarantees.oneCanary, isCanary && isOther);
  next = withJob(next, at, { attempt: { ...attempt, phase: 'sent', isCanary } });
  if (!isCanary) return next;
  const id = promptId(at, job);
  return note(withReplica(next, sender, { held: id }), sender, { kind: 'canary', promptId: id });
}

/** Back in the queue for what its sender knew better. */
function sentBack(state: State, at: Index, why: string, rules: Rules): State {
  const job = state.jobs[at];
  const { sender } = job.attempt!;
  const again = breached(
    state,
    guarantees.sentBackOnce,
    job.sentBackFor !== null && job.sentBackFor === knownAs(state, why),
  );
  const id = promptId(at, job);
  const closed = settled(again, at, 'withdrawn', { withdrawRequested: rules.chargesNothing });
  const marked = withJob({ ...closed, unsure: true }, at, { sentBackFor: knownAs(state, why) });
  return note(marked, sender, { kind: 'inconclusive', promptId: id });
}

function ending(state: State, at: Index, rules: Rules): Step[] {
  const { attempt } = state.jobs[at];
  if (attempt?.phase !== 'sent' || !state.replicas[attempt.sender].alive) return [];
  const { sender } = attempt;
  if (!state.node.hasFile)
    return [{ name: `x refuses job ${at + 1} for want of a file`, state: missing(state, at, rules) }];
  if (state.node.broken) {
    const ended = settled(
      withJob(state, at, { failedRuns: state.jobs[at].failedRuns + 1 }),
      at,
      'node_fault',
      {},
    );
    return [
      { name: `job ${at + 1} fails on x`, state: note(ended, sender, { kind: 'fault', sticky: true }) },
    ];
  }
  const done = settled(state, at, 'ok', {});
  return [{ name: `job ${at + 1} succeeds on x`, state: note(done, sender, { kind: 'success' }) }];
}

/** The owner of the node looks again, and the row is written before the job is back. */
function missing(state: State, at: Index, rules: Rules): State {
  const job = state.jobs[at];
  const { sender } = job.attempt!;
  const { epoch } = state.replicas[sender];
  const looked = epoch > 0 ? seen(state, sender, { lists: false }) : state;
  const told = epoch > 0 && rules.writesFirst ? write(looked, sender, rules) : looked;
  const isAgain = job.sentBackFor !== null && job.sentBackFor === knownAs(told, gone);
  const closed = settled(breached(told, guarantees.sentBackOnce, isAgain), at, 'missing_dep', {
    dependencyGone: rules.chargesNothing,
  });
  const marked = withJob({ ...closed, unsure: true }, at, { sentBackFor: knownAs(told, gone) });
  if (epoch === 0) return note(marked, sender, { kind: 'contradicted' });
  return note(marked, sender, { kind: 'inconclusive', promptId: promptId(at, job) });
}

/**
 * Another one after each change that anybody can know of, or that its owner has judged and is about to write, and for each prompt that
 * tries the node. A node without an owner has nobody who could know better.
 */
function knownAs({ row, replicas, claim }: State, why: string): string | null {
  const isOwned = row.owner !== null && replicas[row.owner].alive;
  const isChanging = replicas.some(({ epoch, unwritten }) => epoch === row.epoch && unwritten);
  const change = why === triedByAnother ? claim : `${row.truth.ver}${isChanging ? ', and another' : ''}`;
  return isOwned ? `${why} ${change}` : null;
}

const gone = 'the file is gone';

const nothing: RetryFacts = {
  attemptsJob: 0,
  attemptsInfra: 0,
  isRunLost: false,
  runsLost: 0,
  nodesLostWhileRunning: 0,
  nodesMissingDependency: 0,
  nodeSuspect: false,
  cancelRequested: false,
  timeouts: 0,
  withdrawRequested: false,
  rerunMakesAnew: false,
  dependencyGone: false,
  othersAway: false,
};

function settled(
  before: State,
  at: Index,
  outcome: Parameters<typeof dispositionOf>[0],
  facts: Partial<RetryFacts>,
): State {
  const job = before.jobs[at];
  const state = before.claim === promptId(at, job) ? { ...before, claim: null } : before;
  const disposition = dispositionOf(outcome, { ...nothing, attemptsInfra: job.charged, ...facts });
  if (disposition.kind === 'succeed') return withJob(state, at, { state: 'succeeded', attempt: null });
  if (disposition.kind !== 'retry') return withJob(state, at, { state: 'failed', attempt: null });
  return withJob(state, at, {
    state: 'queued',
    attempt: null,
    charged: job.charged + (disposition.charge === 'none' ? 0 : 1),
    avoids: job.avoids || disposition.avoidNode,
  });
}
