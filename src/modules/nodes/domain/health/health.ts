/**
 * The life of a node as its polls tell it: unknown → probing → ready ⇄ suspect → down, or incompatible. Guarantees:
 * one lost poll changes nothing, two take the node out of dispatch, 60 s of failures (or evidence that it is gone)
 * end it, and one good answer brings it back. A server too busy to answer is slow, which is not dead: while it has
 * a prompt running, timeouts alone end it only after 10 minutes. What an operator wants stands beside, untouched by
 * polls, as do flags for faults no poll shows; those that only a new process cures go when the process is new.
 */
const suspectAfterFailures = 2;
const downAfterMs = 60_000;
const downAfterBusyTimeoutsMs = 600_000;

/** refused = nothing listens; timeout = no answer in time; error = an answer that is none (5xx, reset, not JSON). */
export type PollFailure = 'refused' | 'timeout' | 'error';

interface Failing {
  failures: number;
  firstFailureAtMs: number;
  lastCause: PollFailure;
}

export type HealthState =
  | { name: 'unknown' }
  | { name: 'probing'; sinceMs: number; failing: Failing | null }
  | { name: 'ready'; sinceMs: number; failing: Failing | null }
  | { name: 'suspect'; sinceMs: number; failing: Failing }
  | { name: 'incompatible'; sinceMs: number; failing: Failing | null; reasons: string[] }
  /** `inventoried`: its inventory was read before, so that a good answer makes it ready at once. */
  | { name: 'down'; sinceMs: number; cause: PollFailure | 'gone'; inventoried: boolean };

export const stateNames = [
  'unknown',
  'probing',
  'ready',
  'suspect',
  'incompatible',
  'down',
] as const satisfies HealthState['name'][];

/** draining: finishes what runs, takes nothing new; drained: nothing runs any more; disabled: not even polled. */
export type AdminState = 'none' | 'draining' | 'drained' | 'disabled';

/**
 * slow: polls time out while it works. ws_stalled: answers, but sends no events (polling still tells all).
 * zombie: accepts prompts and never finishes one. sick_gpu: every prompt fails at once until it is restarted.
 */
export type HealthFlag = (typeof flagNames)[number];
export const flagNames = ['sick_gpu', 'slow', 'ws_stalled', 'zombie'] as const;

export interface NodeHealth {
  state: HealthState;
  admin: AdminState;
  /** Sorted, without repetitions. */
  flags: HealthFlag[];
}

export type HealthEvent =
  | { type: 'probe_started'; atMs: number }
  /** The inventory was read; `incompatible` holds why no graph can run there, empty when one can. */
  | { type: 'probed'; atMs: number; incompatible: string[] }
  | { type: 'poll_ok'; atMs: number }
  /** `busy`: the node has a prompt running as far as we know. */
  | { type: 'poll_failed'; atMs: number; cause: PollFailure; busy: boolean }
  /** Evidence from outside that the server no longer exists, such as a deleted pod. */
  | { type: 'gone'; atMs: number }
  /** A new process answers under the old address. */
  | { type: 'restarted' }
  | { type: 'flag_raised'; flag: HealthFlag }
  | { type: 'flag_cleared'; flag: HealthFlag }
  | { type: 'drain' | 'undrain' | 'disable' | 'enable' }
  /** The node's last open attempt closed, or it had none when the drain began. */
  | { type: 'emptied' }
  /** It has open attempts; one may have been placed before its drain was seen everywhere. */
  | { type: 'occupied' };

export function newNode(): NodeHealth {
  return { state: { name: 'unknown' }, admin: 'none', flags: [] };
}

export function reduceHealth(node: NodeHealth, event: HealthEvent): NodeHealth {
  switch (event.type) {
    case 'probe_started':
      return withState(node, probing(node.state, event.atMs));
    case 'probed':
      return answered(node, probed(node.state, event.incompatible, event.atMs));
    case 'poll_ok':
      return answered(node, recovered(node.state, event.atMs));
    case 'poll_failed':
      return pollFailed(node, event);
    case 'gone':
      return withState(node, down(node.state, 'gone', event.atMs));
    case 'restarted':
      return { ...node, flags: [] };
    case 'flag_raised':
      return { ...node, flags: withFlag(node.flags, event.flag) };
    case 'flag_cleared':
      return { ...node, flags: node.flags.filter((flag) => flag !== event.flag) };
    case 'drain':
    case 'undrain':
    case 'disable':
    case 'enable':
    case 'emptied':
    case 'occupied':
      return { ...node, admin: adminAfter(node.admin, event.type) };
  }
}

export type Refusal =
  | Exclude<HealthState['name'], 'ready'>
  | Exclude<AdminState, 'none'>
  | 'zombie'
  | 'sick_gpu';

/** Why the node gets no new work, the operator's wish first; undefined when it may. The breaker is asked apart. */
export function refusalOf(node: NodeHealth): Refusal | undefined {
  if (node.admin !== 'none') return node.admin;
  if (node.state.name !== 'ready') return node.state.name;
  return node.flags.find((flag) => flag === 'zombie' || flag === 'sick_gpu');
}

export function mayReceive(node: NodeHealth): boolean {
  return refusalOf(node) === undefined;
}

function withState(node: NodeHealth, state: HealthState): NodeHealth {
  return { ...node, state };
}

function withFlag(flags: HealthFlag[], flag: HealthFlag): HealthFlag[] {
  return [...new Set([...flags, flag])].toSorted();
}

function probing(state: HealthState, atMs: number): HealthState {
  return state.name === 'unknown' ? { name: 'probing', sinceMs: atMs, failing: null } : state;
}

function probed(state: HealthState, reasons: string[], atMs: number): HealthState {
  if (reasons.length > 0) {
    const sinceMs = state.name === 'incompatible' ? state.sinceMs : atMs;
    return { name: 'incompatible', sinceMs, failing: null, reasons };
  }
  return { name: 'ready', sinceMs: state.name === 'ready' ? state.sinceMs : atMs, failing: null };
}

function recovered(state: HealthState, atMs: number): HealthState {
  switch (state.name) {
    case 'unknown':
      return state;
    case 'probing':
    case 'ready':
    case 'incompatible':
      return state.failing === null ? state : { ...state, failing: null };
    case 'suspect':
      return { name: 'ready', sinceMs: atMs, failing: null };
    case 'down':
      return { name: state.inventoried ? 'ready' : 'probing', sinceMs: atMs, failing: null };
  }
}

/** A port that was closed and is open again belongs to a new process; slowness ends with any answer. */
function answered(node: NodeHealth, state: HealthState): NodeHealth {
  const flags = lastCause(node.state) === 'refused' ? [] : node.flags.filter((flag) => flag !== 'slow');
  return { ...node, state, flags };
}

function lastCause(state: HealthState): PollFailure | 'gone' | undefined {
  if (state.name === 'down') return state.cause;
  return 'failing' in state ? state.failing?.lastCause : undefined;
}

function pollFailed(node: NodeHealth, event: Extract<HealthEvent, { type: 'poll_failed' }>): NodeHealth {
  const isSlow = event.cause === 'timeout' && event.busy;
  const state = failed(node.state, event, isSlow ? downAfterBusyTimeoutsMs : downAfterMs);
  return { ...node, state, flags: isSlow ? withFlag(node.flags, 'slow') : node.flags };
}

function failed(
  state: HealthState,
  { atMs, cause }: { atMs: number; cause: PollFailure },
  downAfter: number,
): HealthState {
  if (state.name === 'unknown') return state;
  if (state.name === 'down') return { ...state, cause };
  const failing = {
    failures: (state.failing?.failures ?? 0) + 1,
    firstFailureAtMs: state.failing?.firstFailureAtMs ?? atMs,
    lastCause: cause,
  };
  if (atMs - failing.firstFailureAtMs >= downAfter) return down(state, cause, atMs);
  if (state.name === 'ready' && failing.failures >= suspectAfterFailures)
    return { name: 'suspect', sinceMs: atMs, failing };
  return { ...state, failing };
}

function down(state: HealthState, cause: PollFailure | 'gone', atMs: number): HealthState {
  if (state.name === 'down') return { ...state, cause };
  return {
    name: 'down',
    sinceMs: atMs,
    cause,
    inventoried: state.name === 'ready' || state.name === 'suspect',
  };
}

function adminAfter(
  admin: AdminState,
  event: 'drain' | 'undrain' | 'disable' | 'enable' | 'emptied' | 'occupied',
): AdminState {
  switch (event) {
    case 'drain':
      return admin === 'drained' ? admin : 'draining';
    case 'undrain':
      return admin === 'disabled' ? admin : 'none';
    case 'disable':
      return 'disabled';
    case 'enable':
      return admin === 'disabled' ? 'none' : admin;
    case 'emptied':
      return admin === 'draining' ? 'drained' : admin;
    case 'occupied':
      return admin === 'drained' ? 'draining' : admin;
  }
}

/** What an operator or the source of a node wants of it, as events. `busy`: prompts of ours are there. */
export function adminEvents(
  { admin, leaving }: { admin: 'active' | 'draining' | 'disabled'; leaving: boolean },
  busy: boolean,
): HealthEvent[] {
  if (admin === 'active' && !leaving) return [{ type: 'enable' }, { type: 'undrain' }];
  const wish: HealthEvent = { type: admin === 'disabled' ? 'disable' : 'drain' };
  return busy ? [wish] : [wish, { type: 'emptied' }];
}
