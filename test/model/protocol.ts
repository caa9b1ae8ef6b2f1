/**
 * The attempt protocol as a transition relation: `next` names every step that any actor can take in a state. What an owner decides
 * is not modelled but asked of the product (`attemptMove`); the rules that are dropped one by one show it wrong facts.
 *
 * Modelled: one job, two attempts, two replicas, two nodes, and a budget of faults. Each step is one atomic thing: a
 * CAS, a read, the moment bytes leave or land, a prompt's move. Anything else may happen between any two of them, so a
 * replica may be paused anywhere for any time and a message may take any time; a replica's poster and its prober run
 * side by side. A node is ComfyUI: a prompt goes pending → running → history under one mutex, `/queue` and
 * `/history` are two separate reads, a restart forgets all of it. With a hand-over, another job runs on node 1 when the
 * leader decides: the first attempt may be posted behind it, and may be wanted back by a leader who knows less than the
 * record.
 *
 * The record may lose the end of what was written without waiting for the disk: then every row is as it was at one moment of its past,
 * while nodes and replicas go on with what they know. What goes in a batch is written at one moment; that its callers hear late is a pause
 * of theirs.
 *
 * Abstracted: time. "Settled" is an oracle, true of an attempt exactly when its POST has landed or never will, which is
 * what send_deadline + settle is there to make true. The read of the row and the first network read are one
 * step, as a change between the two could only make the CAS fail. A decision is one CAS whoever leads, so the leader
 * has no state. A run that fails is a run that ends (`done`). Cancelling by the user and `delayed` are left out, and of
 * other jobs there is only the run that ours waits behind, which ends at any time or never. A crashed replica stays
 * away: one that comes back has a new id and an empty memory.
 */
import type { Observation } from '../../src/modules/dispatch/domain/attempt/attempt-move.js';
import { close } from '../../src/modules/dispatch/domain/attempt/step.js';
import { moveOf, outcomeOf } from './deciding.js';
import { posting } from './posting.js';
import { probing } from './probing.js';
import {
  changeRow,
  clearHistory,
  closeForRetry,
  crashReplica,
  flush,
  freeNode,
  killNode,
  maxAttempts,
  patchAttempt,
  relax,
  restartNode,
  setPrompt,
  spend,
  succeedWith,
  vanish,
} from './rows.js';
import type { Rules, Scenario, Step, Turn } from './rules.js';
import { both, isLive, isOpen, isSettled, isTerminal, nodeName, promptName, replicaName } from './state.js';
import type { Attempt, Index, State } from './state.js';

export function next(state: State, { rules, handsOver }: Scenario): Step[] {
  const steps = [...dispatching(state), ...failing(state), ...othersRuns(state), ...losing(state)];
  state.attempts.forEach((attempt, i) => {
    const at = i as Index;
    steps.push(...working(state, attempt, at), ...reaping(state, attempt, at, rules));
    if (handsOver && rules.takesBack && at === 0) steps.push(...wanting(state, attempt, at));
    for (const who of both.filter((replica) => state.replicas[replica].alive)) {
      const turn: Turn = { state, attempt, at, who, rules, handsOver };
      steps.push(...posting(turn), ...probing(turn), ...owning(turn));
    }
  });
  return steps;
}

/** queued → active: a leader, or two of them, commits the job's CAS and the attempt's row in one transaction. */
function dispatching(state: State): Step[] {
  const { job, attempts } = state;
  if (job !== 'queued' || attempts.length >= maxAttempts) return [];
  // The second attempt is the last: it waits for a node where nobody needs to take it back.
  const nodes = both.filter((node) => attempts.length === 0 || !state.nodeBusy[node]);
  return nodes.flatMap((node) =>
    both.map((owner) => ({
      name: `leader commits attempt ${attempts.length + 1} for ${nodeName(node)}, owner ${replicaName(owner)}`,
      state: {
        ...relax(state),
        job: 'active',
        attempts: [
          ...attempts,
          { state: 'intent', outcome: null, node, owner, prompt: 'unsent', wish: 'none' },
        ],
      },
    })),
  );
}

/** Crashes, and nodes that lose what they hold, or what they remember, or go away. A restart of an empty node would show in nothing. */
function failing(state: State): Step[] {
  const { left, replicas, attempts, nodeUp } = state;
  return both.flatMap((i) => {
    const steps: Step[] = [];
    const holds = attempts.some(({ node, prompt }) => node === i && (isLive(prompt) || prompt === 'done'));
    if (left.crashes > 0 && replicas[i].alive)
      steps.push({ name: `${replicaName(i)} crashes`, state: crashReplica(state, i) });
    if (left.restarts > 0 && nodeUp[i] && holds)
      steps.push({ name: `${nodeName(i)} restarts`, state: restartNode(state, i) });
    if (left.restarts > 0 && attempts.some(({ node, prompt }) => node === i && prompt === 'done'))
      steps.push({ name: `${nodeName(i)} loses its history`, state: clearHistory(state, i) });
    if (left.nodeDeaths > 0 && nodeUp[i])
      steps.push({ name: `${nodeName(i)} dies for good`, state: killNode(state, i) });
    return steps;
  });
}

/** The log reaches the disk by itself, or the database crashes before and loses its end. */
function losing(state: State): Step[] {
  const { flushed } = state;
  if (!flushed) return [];
  const name = 'the database crashes and loses the end of its log';
  return [
    { name: 'the log reaches the disk', state: flush(state) },
    { name, state: vanish(state, flushed, false) },
    { name: `${name}; versions that replicas know come back`, state: vanish(state, flushed, true) },
  ];
}

/** What happens to a prompt by itself: its message arrives or not, the node works. */
function working(state: State, attempt: Attempt, at: Index): Step[] {
  const where = `${promptName(at)} on ${nodeName(attempt.node)}`;
  const removal = attempt.wish === 'removing' ? removing(state, attempt, at) : [];
  if (attempt.prompt === 'pending' && state.nodeBusy[attempt.node]) return removal;
  if (attempt.prompt === 'pending')
    return [{ name: `${where} starts`, state: setPrompt(state, at, 'running') }, ...removal];
  if (attempt.prompt === 'running')
    return [{ name: `${where} finishes`, state: setPrompt(state, at, 'done') }, ...removal];
  if (attempt.prompt !== 'in flight') return removal;
  const lose = (from: State): Step => ({
    name: `POST of ${where} is lost`,
    state: setPrompt(from, at, 'lost'),
  });
  if (!state.nodeUp[attempt.node]) return [lose(state)];
  const lands = { name: `POST of ${where} lands`, state: setPrompt(state, at, 'pending') };
  return state.left.losses > 0 ? [lands, lose(spend(state, 'losses'))] : [lands];
}

/** A DELETE of a prompt in the queue arrives or is lost; it does nothing to one that runs. */
function removing(state: State, { prompt, node }: Attempt, at: Index): Step[] {
  const asked = patchAttempt(state, at, { wish: 'take back' });
  const lost = { name: `removal of ${promptName(at)} is lost`, state: asked };
  if (!state.nodeUp[node]) return [lost];
  const found = prompt === 'pending';
  const name = `removal of ${promptName(at)} arrives${found ? '' : ', and finds nothing in the queue'}`;
  return [lost, { name, state: found ? setPrompt(asked, at, 'gone') : asked }];
}

/** Outside the version: the leader, which may know less than the record, wants the handed-over prompt back unless it runs. */
function wanting(state: State, attempt: Attempt, at: Index): Step[] {
  const isEarly = attempt.state === 'intent' || attempt.state === 'sending' || attempt.state === 'accepted';
  if (!isEarly || attempt.wish !== 'none') return [];
  return [
    {
      name: `leader wants attempt ${at + 1} back`,
      state: patchAttempt(flush(state), at, { wish: 'take back' }),
    },
  ];
}

/** The run of another job ends, or never does: nobody may count on it. */
const othersRuns = (state: State): Step[] =>
  both
    .filter((node) => state.nodeBusy[node])
    .map((node) => ({ name: `the other job on ${nodeName(node)} ends`, state: freeNode(state, node) }));

/** What a replica may do with an open attempt's row by the database's word alone, whatever else it is busy with. */
function owning(turn: Turn): Step[] {
  const { state, attempt, at, who } = turn;
  if (!isOpen(attempt)) return [];
  if (attempt.owner !== who) return takeOver(turn);
  if (attempt.state !== 'intent') return [...giveUp(turn), ...withdrawOnOldWord(turn)];
  if (state.replicas[who].work[at].post !== 'idle') return [];
  const closing = (seen: Observation): Step[] => {
    const move = moveOf('intent', seen, { withdrawRequested: attempt.wish !== 'none' });
    if (move.kind !== 'close') return [];
    const outcome = outcomeOf(move);
    const name = `${replicaName(who)} closes attempt ${at + 1} ${outcome}`;
    return [{ name, state: closeForRetry(turn, outcome) }];
  };
  return [
    ...closing({ kind: 'rejected', closing: close('not_sent', '') }),
    ...closing({ kind: 'unsent', refusal: undefined }),
  ];
}

/** Without its CAS, what was decided while the row said `intent` is written although it says `sending` by now. */
function withdrawOnOldWord(turn: Turn): Step[] {
  const { attempt, at, who, rules } = turn;
  if (rules.withdrawsByCas || attempt.state !== 'sending' || attempt.wish === 'none') return [];
  const name = `${replicaName(who)} closes attempt ${at + 1} withdrawn, as it was an intent when read`;
  return [{ name, state: closeForRetry(turn, 'withdrawn(taken back)') }];
}

/** Any open → the same, new owner: lawful from the dead, a fault from the living. */
function takeOver({ state, attempt, at, who, rules }: Turn): Step[] {
  const ownerLives = state.replicas[attempt.owner].alive;
  if (ownerLives && state.left.takeOvers === 0) return [];
  const name = `${replicaName(who)} takes over attempt ${at + 1}${ownerLives ? ', though its owner lives' : ''}`;
  const from = ownerLives ? spend(state, 'takeOvers') : state;
  return [{ name, state: changeRow(from, at, { owner: who }, rules) }];
}

/** Of any length: time is left out. */
const silence: Observation = {
  kind: 'silent',
  message: '',
  refused: false,
  beganMs: 0,
  nowMs: 1,
  processEnded: false,
  graceMs: 1,
};

/** The node has been out of reach beyond the grace: it is gone, or, at the price of a fault, it works on unseen. */
function giveUp(turn: Turn): Step[] {
  const { state, attempt, at, who, rules } = turn;
  const isUp = state.nodeUp[attempt.node];
  if (isUp && state.left.partitions === 0) return [];
  const settled = attempt.state !== 'sending' || (rules.giveUpWhileSending && isSettled(state, at));
  const move = moveOf(attempt.state, silence, { settled });
  if (move.kind !== 'close') return [];
  const name = `${replicaName(who)} closes attempt ${at + 1} node_lost, as ${nodeName(attempt.node)} is unreachable`;
  const from = isUp ? spend(state, 'partitions') : state;
  return [{ name, state: closeForRetry({ ...turn, state: from }, outcomeOf(move)) }];
}

/** The two duties at a closed attempt, any replica's: cancel what still lives, adopt what succeeded late. */
function reaping(state: State, attempt: Attempt, at: Index, rules: Rules): Step[] {
  if (isOpen(attempt) || !state.nodeUp[attempt.node]) return [];
  if (rules.reaper && isLive(attempt.prompt))
    return [{ name: `reaper cancels ${promptName(at)}`, state: setPrompt(state, at, 'gone') }];
  if (attempt.prompt === 'done' && !isTerminal(state))
    return [{ name: `late success of attempt ${at + 1} is adopted`, state: succeedWith(state, at, rules) }];
  return [];
}
