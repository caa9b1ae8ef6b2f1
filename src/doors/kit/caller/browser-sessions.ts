/** Tells browsers apart that show no credential: by a cookie that a page of ours gave, and that only this service can make. */
import { randomBytes } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { readSession, signSession } from '../../../modules/access/index.js';
import { SecretBox } from '../../../platform/secrets/index.js';
import { cookiesOf, cookieText } from './cookies.js';

const cookieName = 'comfymux_session';
const cookieMaxAgeS = 400 * 24 * 3600;
/** As version 0.1 gave them: nothing tells them from what anybody could write. */
const unsigned = /^[0-9a-f]{32}$/;

@Injectable()
export class BrowserSessions implements OnModuleInit {
  private keys: readonly Buffer[] = [];

  constructor(@Inject(SecretBox) private readonly box: SecretBox) {}

  async onModuleInit(): Promise<void> {
    this.keys = await this.box.derive('sessions of browsers');
  }

  /** Undefined for a browser that has none, and for a cookie that is not of this service. */
  of(headers: IncomingHttpHeaders): string | undefined {
    const text = cookiesOf(headers).get(cookieName);
    return text === undefined ? undefined : readSession(this.keys, text);
  }

  /**
   * A page is being opened: from now on this browser is told from others at its address. One of version 0.1 keeps its id, if
   * something is kept under it.
   */
  async give(
    request: FastifyRequest,
    reply: FastifyReply,
    isKept: (session: string) => Promise<boolean>,
  ): Promise<void> {
    const isPage = request.method === 'GET' && request.headers.accept?.includes('text/html') === true;
    if (!isPage || this.of(request.headers) !== undefined) return;
    const before = cookiesOf(request.headers).get(cookieName) ?? '';
    const id = unsigned.test(before) && (await isKept(before)) ? before : randomBytes(16).toString('hex');
    const cookie = { name: cookieName, value: signSession(this.keys[0]!, id), maxAgeS: cookieMaxAgeS };
    void reply.header('set-cookie', cookieText(cookie, request.protocol === 'https'));
  }
}
