/**
 * Aborts as soon as one of `signals` does, and after `timeoutMs` at the latest (reason: TimeoutError). Not `AbortSignal.any` over
 * `AbortSignal.timeout`: Node.js 20 lets a garbage collection take that time-out, and whoever waits waits for ever. Keeps no process alive.
 */
export function signalWithin(timeoutMs: number, ...signals: readonly AbortSignal[]): AbortSignal {
  const timeout = new AbortController();
  const timer = setTimeout(() => timeout.abort(timedOut(timeoutMs)), timeoutMs).unref();
  const first = AbortSignal.any([timeout.signal, ...signals]);
  first.addEventListener('abort', () => clearTimeout(timer), { once: true });
  return first;
}

const timedOut = (timeoutMs: number): DOMException =>
  new DOMException(`${timeoutMs} ms have passed`, 'TimeoutError');
