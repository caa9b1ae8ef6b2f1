/**
 * An owner finds out what became of an attempt: two reads of the node, then one CAS. Rule (c) is which read has to
 * begin after the settle time, (d) the order of the reads, (e) whether the CAS names the version from before them.
 */
import { changeRow, closeForRetry, patchAttempt, patchWork, succeedWith } from './rows.js';
import type { Rules, Step, Turn } from './rules.js';
import { isOpen, isSettled, nodeName, promptName, replicaName } from './state.js';
import type { AttemptState, Probe, State } from './state.js';

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
  const { attempt, at, who, rules } = turn;
  const me = replicaName(who);
  const ended = setProbe(turn, 'idle');
  const isStale = turn.state.replicas[who].work[at].probeIsStale;
  if (isStale || attempt.owner !== who || !isOpen(attempt))
    return [{ name: `${me} fails its CAS on attempt ${at + 1}`, state: ended }];
  const verdict = judgement(attempt.state, probe);
  const usual: Step =
    verdict === undefined
      ? { name: `${me} learns nothing new of attempt ${at + 1}`, state: ended }
      : { name: move(turn, verdict), state: apply({ ...turn, state: ended }, verdict) };
  // Whether the owner has heard of the wish by now is open.
  return [usual, ...takingBack({ ...turn, state: ended }, probe, rules)];
}

/** A prompt that waits is removed from the queue; one that is gone was never run, and one that runs is left alone. */
function takingBack(turn: Turn, probe: Probe, { withdrawsOnlyAccepted, looksAfterRemoval }: Rules): Step[] {
  const { state, attempt, at, who } = turn;
  const mayBeTaken = attempt.state === 'accepted' || (attempt.state === 'sending' && !withdrawsOnlyAccepted);
  if (attempt.wish === 'none' || !mayBeTaken || probe === 'running' || probe === 'done') return [];
  const withdrawn = {
    name: move(turn, 'withdrawn(taken back)'),
    state: apply(turn, 'withdrawn(taken back)'),
  };
  if (probe !== 'pending') return [withdrawn];
  const removing = patchAttempt(state, at, { wish: 'removing' });
  const removed = looksAfterRemoval ? removing : apply({ ...turn, state: removing }, 'withdrawn(taken back)');
  const name = `${replicaName(who)} asks ${nodeName(attempt.node)} to remove ${promptName(at)} from its queue`;
  return [{ name: looksAfterRemoval ? name : `${name}, and closes it as withdrawn`, state: removed }];
}

const move = ({ who, at, attempt }: Turn, to: Verdict): string =>
  `${replicaName(who)} moves attempt ${at + 1} ${attempt.state} → ${to}`;

function apply(turn: Turn, verdict: Verdict): State {
  const { state, at, rules } = turn;
  if (verdict === 'ok') return succeedWith(state, at, rules);
  if (verdict === 'not_arrived' || verdict === 'node_lost' || verdict === 'withdrawn(taken back)')
    return closeForRetry(turn, verdict);
  return changeRow(state, at, { state: verdict }, rules);
}

type Verdict =
  | 'accepted'
  | 'running'
  | 'collecting'
  | 'ok'
  | 'not_arrived'
  | 'node_lost'
  | 'withdrawn(taken back)';

/** What the reads say about an attempt in this state; undefined when they ask for no change. */
function judgement(from: AttemptState, probe: Probe): Verdict | undefined {
  if (from === 'intent') return undefined;
  if (probe === 'pending') return from === 'sending' ? 'accepted' : undefined;
  if (probe === 'running') return from === 'sending' || from === 'accepted' ? 'running' : undefined;
  if (probe === 'done') return from === 'collecting' ? 'ok' : 'collecting';
  if (from !== 'sending') return 'node_lost';
  return probe === 'absent twice+' ? 'not_arrived' : undefined;
}
