/**
 * An owner finds out what became of an attempt: two reads of the node, then one CAS. Rule (c) is which read has to
 * begin after the settle time, (d) the order of the reads, (e) whether the CAS names the version from before them.
 */
import type { Fate } from '../../src/modules/comfyui/domain/index.js';
import type { Move } from '../../src/modules/dispatch/domain/attempt/attempt-move.js';
import { moveOf, outcomeOf } from './deciding.js';
import { changeRow, closeForRetry, patchAttempt, patchWork, succeedWith } from './rows.js';
import type { Step, Turn } from './rules.js';
import { isOpen, isSettled, nodeName, promptName, replicaName } from './state.js';
import type { AttemptState, Outcome, Probe, State } from './state.js';

type Endpoint = '/queue' | '/history';

export function probing(turn: Turn): Step[] {
  const { probe } = turn.state.replicas[turn.who].work[turn.at];
  if (probe === 'idle') return mayProbe(turn) ? [firstRead(turn)] : [];
  const hasReadOnce = probe === 'absent once' || probe === 'absent once+';
  return hasReadOnce ? [secondRead(turn, probe)] : judge(turn, probe);
}

const mayProbe = ({ state, attempt, who }: Turn): boolean =>
  attempt.owner === who && isOpen(attempt) && attempt.state !== 'intent' && state.nodeUp[attempt.node];

function firstRead(turn: Turn): Step {
  const { settleTest, queueBeforeHistory } = turn.rules;
  const counts = settleTest === 'none' || (settleTest === 'first read' && isSettled(turn.state, turn.at));
  return read(turn, queueBeforeHistory ? '/queue' : '/history', counts ? 'absent once+' : 'absent once');
}

function secondRead(turn: Turn, first: Probe): Step {
  const { settleTest, queueBeforeHistory } = turn.rules;
  const counts = first === 'absent once+' || (settleTest === 'second read' && isSettled(turn.state, turn.at));
  return read(turn, queueBeforeHistory ? '/history' : '/queue', counts ? 'absent twice+' : 'absent twice');
}

function read(turn: Turn, endpoint: Endpoint, absent: Probe): Step {
  const { state, attempt, at, who } = turn;
  const seen = state.nodeUp[attempt.node] ? (look(turn, endpoint) ?? absent) : 'idle';
  const shown = seen === 'idle' ? 'no answer' : seen;
  return {
    name: `${replicaName(who)} reads ${endpoint} of ${nodeName(attempt.node)} for ${promptName(at)}: ${shown}`,
    state: setProbe(turn, seen),
  };
}

/** One mutex in the node: a prompt is in exactly one of the two views, or in none. */
function look({ attempt, rules }: Turn, endpoint: Endpoint): Probe | undefined {
  const { state, prompt } = attempt;
  // Without rule (a) the id is learned from the 200, and nobody can ask for a prompt whose answer is missing.
  if (!rules.idBeforePost && state === 'sending') return undefined;
  if (endpoint === '/history') return prompt === 'done' ? 'done' : undefined;
  return prompt === 'pending' || prompt === 'running' ? prompt : undefined;
}

const setProbe = ({ state, at, who }: Turn, probe: Probe): State =>
  patchWork(state, who, at, probe === 'idle' ? { probe, probeIsStale: false } : { probe });

function judge(turn: Turn, probe: Probe): Step[] {
  const { attempt, at, who } = turn;
  const me = replicaName(who);
  const ended = setProbe(turn, 'idle');
  const isStale = turn.state.replicas[who].work[at].probeIsStale;
  if (isStale || attempt.owner !== who || !isOpen(attempt))
    return [{ name: `${me} fails its CAS on attempt ${at + 1}`, state: ended }];
  const judged = { ...turn, state: ended };
  const steps = knownOf(turn).map(
    (known) => stepOf(judged, moveAfter(turn, probe, known)) ?? nothingNew(judged),
  );
  return steps.filter(({ name }, first) => steps.findIndex((step) => step.name === name) === first);
}

/** What an owner may know of what is wanted, and of what was asked of the node. */
interface Known {
  withdrawRequested: boolean;
  overdue: boolean;
  askedOff: boolean;
}

/**
 * Whether the owner has heard of the wish by now is open, and whether it, or one before it, asked the node. Time is left out: a prompt that
 * waits behind another job may have waited too long at any moment. One that runs too long is not modelled.
 */
function knownOf({ attempt, at, rules, handsOver }: Turn): Known[] {
  const [never, perhaps] = [[false], [false, true]];
  const isWanted = attempt.wish !== 'none';
  const mayBeOverdue = handsOver && rules.takesBack && at === 0 && attempt.state === 'accepted';
  const asked = isWanted ? perhaps : never;
  return (isWanted ? perhaps : never).flatMap((withdrawRequested) =>
    (mayBeOverdue ? perhaps : never).flatMap((overdue) =>
      (rules.takesBackWhatItAskedFor ? asked : [true]).map((askedOff) => ({
        withdrawRequested,
        overdue,
        askedOff,
      })),
    ),
  );
}

const nothingNew = ({ state, at, who }: Turn): Step => ({
  name: `${replicaName(who)} learns nothing new of attempt ${at + 1}`,
  state,
});

/** What the product's owner does after such reads. */
function moveAfter({ attempt, rules }: Turn, probe: Probe, known: Known): Move {
  // Without its rule a prompt whose post has no answer counts as one that the node took.
  const takesUnanswered =
    known.withdrawRequested && !rules.withdrawsOnlyAccepted && attempt.state === 'sending';
  const isUnseen = probe === 'pending' || probe.startsWith('absent');
  const state = takesUnanswered && isUnseen ? 'accepted' : attempt.state;
  return moveOf(state, { kind: 'read', fate: fateOf(probe) }, { settled: probe.endsWith('+'), ...known });
}

function fateOf(probe: Probe): Fate {
  if (probe === 'pending') return { kind: 'pending', position: 0 };
  if (probe === 'running') return { kind: 'running' };
  if (probe !== 'done') return { kind: 'absent' };
  return { kind: 'succeeded', outputs: {}, messages: [], startedAtMs: undefined, endedAtMs: undefined };
}

function stepOf(turn: Turn, decided: Move): Step | undefined {
  const { state, attempt, at, who, rules } = turn;
  const to = (verdict: Verdict): Step => ({ name: move(turn, verdict), state: apply(turn, verdict) });
  switch (decided.kind) {
    case 'send':
    case 'look':
    case 'wait':
      return undefined;
    case 'advance':
      return to(decided.to);
    case 'collect':
      return to(attempt.state === 'collecting' ? fetched(attempt.state) : 'collecting');
    case 'close':
      return to(outcomeOf(decided));
    case 'stop': {
      if (decided.running) return undefined;
      const removing = patchAttempt(state, at, { wish: 'removing' });
      const name = `${replicaName(who)} asks ${nodeName(attempt.node)} to remove ${promptName(at)} from its queue`;
      if (rules.looksAfterRemoval) return { name, state: removing };
      const withdrawn = apply({ ...turn, state: removing }, 'withdrawn(taken back)');
      return { name: `${name}, and closes it as withdrawn`, state: withdrawn };
    }
  }
}

/** Its files are here. */
function fetched(state: AttemptState): Outcome {
  const decided = moveOf(state, { kind: 'fetched', results: { kind: 'collected' } });
  if (decided.kind !== 'close') throw new Error(`a fetched run does not end but ${decided.kind}s`);
  return outcomeOf(decided);
}

const move = ({ who, at, attempt }: Turn, to: Verdict): string =>
  `${replicaName(who)} moves attempt ${at + 1} ${attempt.state} → ${to}`;

function apply(turn: Turn, verdict: Verdict): State {
  const { state, at, rules } = turn;
  if (verdict === 'ok') return succeedWith(state, at, rules);
  if (verdict === 'accepted' || verdict === 'running' || verdict === 'collecting')
    return changeRow(state, at, { state: verdict }, rules);
  return closeForRetry(turn, verdict);
}

type Verdict = 'accepted' | 'running' | 'collecting' | Outcome;
