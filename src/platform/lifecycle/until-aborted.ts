/**
 * The call's own end, or a rejection with the signal's reason as soon as it aborts; the call itself goes on unheard. Made for calls by the
 * thousand: no error and no signal is made where the call ends first.
 */
export async function untilAborted<T>(call: Promise<T>, signal: AbortSignal): Promise<T> {
  let abort!: () => void;
  const aborted = new Promise<never>((_resolve, reject) => {
    abort = () => reject(signal.reason as Error);
    if (signal.aborted) abort();
    else signal.addEventListener('abort', abort, { once: true });
  });
  try {
    return await Promise.race([call, aborted]);
  } finally {
    signal.removeEventListener('abort', abort);
  }
}
