/** Requests as bytes on a socket, which no client library would send. */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

export function connectTo(baseUrl: string): Socket {
  const { hostname, port } = new URL(baseUrl);
  const socket = connect(Number(port), hostname);
  // What the test looks at is the answer; a reset comes as the end of it.
  socket.on('error', () => undefined);
  return socket;
}

/** Everything that comes back until the server ends the connection, or `isEnough` says so. Fails after `timeoutMs`. */
export async function answerOf(
  socket: Socket,
  {
    isEnough = () => false,
    timeoutMs = 10_000,
  }: { isEnough?: (answer: string) => boolean; timeoutMs?: number } = {},
): Promise<string> {
  let answer = '';
  const late = AbortSignal.timeout(timeoutMs);
  socket.on('data', (chunk: Buffer) => {
    answer += chunk.toString('latin1');
    if (isEnough(answer)) socket.destroy();
  });
  if (!socket.closed) await once(socket, 'close', { signal: late });
  return answer;
}

/** The head of the answer and what came with it. */
export async function sendRaw(baseUrl: string, bytes: string | Buffer): Promise<string> {
  const socket = connectTo(baseUrl);
  socket.write(bytes);
  return answerOf(socket, { isEnough: (answer) => answer.includes('\r\n\r\n') });
}
