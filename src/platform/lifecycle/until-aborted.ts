import { once } from 'node:events';

/** The call's own end, or a rejection with the signal's reason as soon as it aborts; the call itself goes on unheard. */
export async function untilAborted<T>(call: Promise<T>, signal: AbortSignal): Promise<T> {
  const returned = new AbortController();
  const aborted = once(signal, 'abort', { signal: returned.signal }).then((): never => {
    throw signal.reason;
  });
  try {
    return await Promise.race([call, aborted]);
  } finally {
    returned.abort();
  }
}
