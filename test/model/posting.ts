/**
 * A replica posts an attempt's prompt: intent → sending → accepted. Only the first step asks the database who may;
 * a replica that was paused after it sends its bytes in whatever state the row is by then.
 */
import { close } from '../../src/modules/dispatch/domain/attempt/step.js';
import { moveOf, outcomeOf } from './deciding.js';
import { changeRow, closeForRetry, jobAfterRetryable, patchWork, setPrompt, spend } from './rows.js';
import type { Step, Turn } from './rules.js';
import { promptName, replicaName } from './state.js';
import type { Post, State } from './state.js';

export const posting = (turn: Turn): Step[] =>
  stepsWhile[turn.state.replicas[turn.who].work[turn.at].post](turn);

const stepsWhile: Record<Post, (turn: Turn) => Step[]> = {
  idle: (turn) => (mayClaim(turn) ? [claim(turn)] : []),
  claimed: (turn) => [send(turn), ...refused(turn)],
  waiting: (turn) => answers(turn),
  requeueing: (turn) => [requeue(turn)],
};

const mayClaim = ({ attempt, who }: Turn): boolean => attempt.state === 'intent' && attempt.owner === who;

const setPost = ({ at, who }: Turn, state: State, post: Post, postIsStale = false): State =>
  patchWork(state, who, at, { post, postIsStale });

/** Without rule (b) reading the row is enough. */
function claim(turn: Turn): Step {
  const { state, at, who, rules } = turn;
  const me = replicaName(who);
  if (!rules.claimBeforeFirstByte)
    return { name: `${me} reads intent ${at + 1} and means to post`, state: setPost(turn, state, 'claimed') };
  const sending = changeRow(state, at, { state: 'sending' }, rules);
  return { name: `${me} moves attempt ${at + 1} intent → sending`, state: setPost(turn, sending, 'claimed') };
}

/** The bytes leave. Without rule (b) the row is told only now, if it is still as it was read. */
function send(turn: Turn): Step {
  const { state, attempt, at, who, rules } = turn;
  const { postIsStale } = state.replicas[who].work[at];
  const sent = setPrompt(state, at, attempt.prompt === 'unsent' ? 'in flight' : 'doubled');
  const tellsRow = !rules.claimBeforeFirstByte && !postIsStale;
  const told = tellsRow ? changeRow(sent, at, { state: 'sending' }, rules) : sent;
  return {
    name: `${replicaName(who)} posts ${promptName(at)}`,
    state: setPost(turn, told, 'waiting', postIsStale),
  };
}

/**
 * An error that proves no byte left: the poster itself may close the attempt, if its claim still stands. A node that is
 * gone refuses anyway, one that is up at the price of a fault.
 */
function refused(turn: Turn): Step[] {
  const { state, attempt, at, who } = turn;
  const isUp = state.nodeUp[attempt.node];
  if (isUp && state.left.losses === 0) return [];
  const failed = setPost(turn, isUp ? spend(state, 'losses') : state, 'idle');
  const isStale = state.replicas[who].work[at].postIsStale;
  const name = `${replicaName(who)} is refused before the first byte of ${promptName(at)}`;
  const move = moveOf('sending', { kind: 'rejected', closing: close('not_sent', '') });
  if (move.kind !== 'close') throw new Error('a prompt that never left is not given up');
  return [{ name, state: isStale ? failed : closeForRetry({ ...turn, state: failed }, outcomeOf(move)) }];
}

/** 200 once the prompt has landed, whatever became of it since; or a time-out, at any moment. */
function answers(turn: Turn): Step[] {
  const { state, attempt, at, who, rules } = turn;
  const me = replicaName(who);
  const idle = setPost(turn, state, 'idle');
  const timeout = { name: `${me} times out on ${promptName(at)}`, state: idle };
  if (['unsent', 'in flight', 'lost'].includes(attempt.prompt)) return [timeout];
  if (state.replicas[who].work[at].postIsStale)
    return [timeout, { name: `${me} gets 200 for ${promptName(at)} and fails its CAS`, state: idle }];
  const move = moveOf('sending', { kind: 'posted' });
  if (move.kind !== 'advance') throw new Error('a prompt that the node took is not accepted');
  const accepted = changeRow(idle, at, { state: move.to }, rules);
  return [timeout, { name: `${me} gets 200: attempt ${at + 1} sending → ${move.to}`, state: accepted }];
}

const requeue = (turn: Turn): Step => ({
  name: `${replicaName(turn.who)} requeues the job`,
  state: { ...setPost(turn, turn.state, 'idle'), job: jobAfterRetryable(turn.state) },
});
