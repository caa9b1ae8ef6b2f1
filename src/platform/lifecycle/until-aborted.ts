/**
 * The call's own end, or a rejection with the signal's reason as soon as it aborts; the call itself goes on unheard. Made for calls by the
 * thousand: nothing is thrown or made where the call ends first.
 */
export async function untilAborted<T>(call: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const abort = (): void => reject(signal.reason as Error);
    if (signal.aborted) abort();
    signal.addEventListener('abort', abort, { once: true });
    const done = (): void => signal.removeEventListener('abort', abort);
    call.then(
      (result) => {
        done();
        resolve(result);
      },
      (error: unknown) => {
        done();
        reject(error as Error);
      },
    );
  });
}
