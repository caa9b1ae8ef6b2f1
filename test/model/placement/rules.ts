/** The rules of placement on stale knowledge as switches, so that a scenario can drop one and show what it is for. */
import type { State } from './state.js';

export interface Rules {
  /** Before the first byte the sender asks what is known of the node by now. */
  readonly sendersRefuse: boolean;
  /** A sender whose version is newer than the placement's looks whether the node still has what the job needs. */
  readonly comparesVersions: boolean;
  /** A prompt that tries the node is held for until its owner has heard of it, and the owner lets no other through. */
  readonly oneCanary: boolean;
  /** A prompt that would try the node claims it in the record first, and is sent back where another open one has. */
  readonly claims: boolean;
  /** What is gone from a node is in the row before the job is back in the queue. */
  readonly writesFirst: boolean;
  /** A leader whose placement was sent back gives the node nothing until it knows better. */
  readonly doubts: boolean;
  /** A write names the epoch of its owner. */
  readonly fences: boolean;
  /** A new owner begins with what the row says. */
  readonly inherits: boolean;
  /** A canary that is not open any more gives way to the next. */
  readonly canaryGivesWay: boolean;
  /** A job that finds its file gone, or was placed on old knowledge, is charged nothing. */
  readonly chargesNothing: boolean;
  /** A job does not go back to the node that failed it while another can take it. */
  readonly avoids: boolean;
}

export const allRules: Rules = {
  sendersRefuse: true,
  comparesVersions: true,
  oneCanary: true,
  claims: true,
  writesFirst: true,
  doubts: true,
  fences: true,
  inherits: true,
  canaryGivesWay: true,
  chargesNothing: true,
  avoids: true,
};

export interface Step {
  readonly name: string;
  readonly state: State;
}
