/**
 * How often the service is asked. While the stream of events is open seldom, for what no stream tells; often where there is none.
 * Five hundred open consoles are one replica's load: `bench/console/crowd.bench.ts` asks as these numbers say.
 */
let streaming = false;
const seldom = 12;

/** Events of this time are laid in at once: hundreds in a second are drawn five times in it. */
export const gatherMs = 200;
/** A list that lacks jobs after what the stream told, or whose jobs it cannot judge, is read again after this. */
export const settleMs = 3_000;
/** What is foreseen of jobs changes without an event: lists that jobs came to or left are read again after this. */
export const foreseenSettleMs = 20_000;
/** What each node can run is long to read, and seldom changes. */
export const readinessSettleMs = 10_000;
export const statsSeconds = 15;
/** What nodes hold in memory: of each in view, and of the one that a page is about. */
export const residencySeconds = 60;
export const residencyOfOneSeconds = 15;

export function setStreaming(open: boolean): void {
  streaming = open;
}

/** For `refetchInterval`. */
export const paced = (seconds: number) => (): number => seconds * 1000 * (streaming ? seldom : 1);

/** Pages that hear of the same event do not all ask at the same moment. */
export const jittered = (ms: number): number => ms * (0.5 + Math.random());
