/** How often what no stream tells is asked for: seldom while the stream of events is open, often where there is none. */
let streaming = false;
const seldom = 12;

export function setStreaming(open: boolean): void {
  streaming = open;
}

/** For `refetchInterval`. */
export const paced = (seconds: number) => (): number => seconds * 1000 * (streaming ? seldom : 1);
