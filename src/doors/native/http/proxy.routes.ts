/**
 * The web UI's files and what packs offer for reading, from one node, and what a model file says of itself, from one that has
 * it; everything else that is not ours is refused.
 */
import type { Readable } from 'node:stream';
import { BrowserSessions, to } from '../../kit/index.js';
import { Inject, Injectable } from '@nestjs/common';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { CONFIG, type Config } from '../../../platform/config/index.js';
import { ComfyCallError, type ComfyClient } from '../../../modules/comfyui/index.js';
import { ClusterFactsService } from '../../../modules/fleet/index.js';
import { judgePath } from '../domain/proxied-paths.js';
import { NodeStreams } from '../node-streams.js';
import { NativeStore } from '../record/native.store.js';
import { sendJson, sendNothing, sendText, textParameter } from './answers.js';
import { both } from './routes.js';

const sentHeaders = [
  'accept',
  'accept-encoding',
  'accept-language',
  'content-type',
  'if-none-match',
  'if-modified-since',
  'range',
];
const passedHeaders = [
  'content-type',
  'content-length',
  'content-encoding',
  'content-range',
  'content-disposition',
  'content-security-policy',
  'etag',
  'last-modified',
  'cache-control',
  'accept-ranges',
  'location',
  'x-content-type-options',
  'vary',
];

/** Files of the web UI and of packs are the same on every node. */
const isFile = /\.\w{1,8}(?:\?|$)/;
const othersMax = 16;
const answerLengthMax = 65_536;

/** Empties a node's memory, where an operator allows it. */
const freePath = /^\/(api\/)?free(\?|$)/;

@Injectable()
export class ProxyRoutes {
  constructor(
    @Inject(CONFIG) private readonly config: Config,
    @Inject(NodeStreams) private readonly streams: NodeStreams,
    @Inject(ClusterFactsService) private readonly facts: ClusterFactsService,
    @Inject(BrowserSessions) private readonly sessions: BrowserSessions,
    @Inject(NativeStore) private readonly store: NativeStore,
  ) {}

  register(app: FastifyInstance): void {
    for (const path of ['/api/assets', '/api/assets/*', '/api/tags'])
      app.all(path, { config: { access: to('read', 'catalogue') } }, (_request, reply) =>
        sendJson(reply, assetsOff, 503),
      );
    both(app, ['GET', '/view_metadata/:folder', to('read', 'catalogue')], async (request, reply) =>
      this.metadata(request, reply),
    );
    app.setNotFoundHandler(async (request, reply) => this.answer(request, reply));
  }

  private async metadata(request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
    const { folder = '' } = request.params as { folder?: string };
    const file = textParameter(request.query, 'filename')?.replaceAll('\\', '/');
    const nodeIds = file === undefined ? [] : this.facts.nodesWith(folder, file);
    const client = nodeIds.flatMap((id) => this.streams.clientOf(id) ?? []).at(0);
    return client ? pass(client, request, reply) : sendNothing(reply, 404);
  }

  private async answer(request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
    const { method } = request;
    const [path = '/'] = request.url.split('?', 1);
    if (method === 'OPTIONS') return sendNothing(reply);
    const verdict = judgePath(method, path, this.config.NATIVE_ALLOW);
    if (verdict === 'not_found') return sendNothing(reply, 404);
    if (verdict === 'forbidden') return refuse(reply, method, path);
    if (verdict === 'everywhere') return this.giveAll(request, reply);
    if (method !== 'GET' && method !== 'HEAD' && method !== 'POST')
      return sendText(reply, '405: Method Not Allowed', 405);
    await this.sessions.give(request, reply, async (session) => this.store.isPlace(`session:${session}`));
    return this.passToSticky(request, reply);
  }

  /** Each node that answers gets it, for the run may be on any; what one of them says is passed on. */
  private async giveAll(request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
    const answers = await Promise.allSettled(
      this.streams.all().map(async (client) => {
        const { status, body } = await client.pass(callOf(request));
        return { status, text: await textOf(body) };
      }),
    );
    const told = answers.flatMap((answer) => (answer.status === 'fulfilled' ? [answer.value] : []));
    const worst = told.toSorted((a, b) => b.status - a.status).at(0);
    if (worst === undefined) return sendText(reply, 'No ComfyUI node of the cluster took it.', 503);
    return reply
      .code(worst.status)
      .header('content-type', 'application/json; charset=utf-8')
      .send(worst.text);
  }

  private async passToSticky(request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
    const client = this.streams.stickyClient();
    if (!client) return sendText(reply, 'No ComfyUI node of the cluster answers at the moment.', 503);
    if (request.method === 'GET' && !isFile.test(request.url))
      return this.passToWhoHas(client, request, reply);
    const answer = await pass(client, request, reply);
    if (request.method === 'POST' && freePath.test(request.url)) this.streams.stickyWasFreed();
    return answer;
  }

  /** A pack's result of one run is at the node of that run alone: where the usual node has nothing, the others are asked. */
  private async passToWhoHas(
    usual: ComfyClient,
    request: FastifyRequest,
    reply: FastifyReply,
  ): Promise<unknown> {
    const others = this.streams.all().filter((client) => client !== usual);
    const asked = [usual, ...others.slice(0, othersMax)];
    for (const client of asked) {
      const found = await client.pass(callOf(request)).catch(() => undefined);
      if (found === undefined) continue;
      if (found.status !== 404) return passOn(found, request, reply);
      found.body.destroy();
    }
    return sendNothing(reply, 404);
  }
}

function callOf({ headers, body, method, url }: FastifyRequest): Parameters<ComfyClient['pass']>[0] {
  const sent = sentHeaders.flatMap((name) =>
    typeof headers[name] === 'string' ? [[name, headers[name]] as const] : [],
  );
  return {
    method: method === 'POST' || method === 'PUT' ? method : 'GET',
    pathAndQuery: url,
    headers: Object.fromEntries(sent),
    ...(Buffer.isBuffer(body) && { body }),
  };
}

type Answer = Awaited<ReturnType<ComfyClient['pass']>>;

async function passOn(answer: Answer, request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
  request.raw.once('close', () => answer.body.destroy());
  // The web UI's own files are what the node says, or what a browser makes of them.
  void reply.removeHeader('x-content-type-options');
  for (const name of passedHeaders)
    if (answer.headers[name] !== undefined) void reply.header(name, answer.headers[name]);
  return reply.code(answer.status).send(answer.body);
}

async function pass(client: ComfyClient, request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
  try {
    return await passOn(await client.pass(callOf(request)), request, reply);
  } catch (error) {
    if (error instanceof ComfyCallError)
      return sendText(reply, 'The ComfyUI node that serves these files does not answer.', 502);
    throw error;
  }
}

async function textOf(body: Readable): Promise<string> {
  let text = '';
  for await (const chunk of body.setEncoding('utf8')) {
    text += String(chunk);
    if (text.length > answerLengthMax) break;
  }
  return text.slice(0, answerLengthMax);
}

function refuse(reply: FastifyReply, method: string, path: string): FastifyReply {
  const message = `${method} ${path} is not offered by this cluster: it would act on a single node. An operator can allow it with NATIVE_ALLOW.`;
  return sendJson(reply, { error: { type: 'forbidden', message, details: '', extra_info: {} } }, 403);
}

const assetsOff = {
  error: { code: 'SERVICE_DISABLED', message: 'The assets API is not offered by this cluster.', details: {} },
};
