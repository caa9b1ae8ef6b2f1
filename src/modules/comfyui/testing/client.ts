/** A client and the small server it talks to; both end with the test. */
import { onTestFinished } from 'vitest';

import type { ComfyTimeouts } from '../client-types.js';
import { ComfyClient } from '../client.js';
import { json, TestServer, type Answer } from './http-server.js';

const quick: Partial<ComfyTimeouts> = { connectMs: 1_000, callMs: 5_000, promptMs: 5_000 };

export async function serve(answer: Answer): Promise<TestServer> {
  const server = await TestServer.start(answer);
  onTestFinished(() => server[Symbol.asyncDispose]());
  return server;
}

export function connect(baseUrl: URL, timeouts: Partial<ComfyTimeouts> = {}): ComfyClient {
  const client = new ComfyClient({ baseUrl, timeouts: { ...quick, ...timeouts } });
  onTestFinished(() => client.close());
  return client;
}

export async function setUp(answer: Answer, timeouts: Partial<ComfyTimeouts> = {}) {
  const server = await serve(answer);
  return { server, client: connect(server.url, timeouts) };
}

export async function closedPort(): Promise<URL> {
  const server = await TestServer.start(json({}));
  const { url } = server;
  await server[Symbol.asyncDispose]();
  return url;
}
