/** Cookies of ours: for every path, for no script, for no page of another site, and over TLS alone where there is TLS. */
import type { IncomingHttpHeaders } from 'node:http';
import type { FastifyReply, FastifyRequest } from 'fastify';

export function cookiesOf({ cookie = '' }: IncomingHttpHeaders): Map<string, string> {
  return new Map(
    cookie.split(';').map((pair): [string, string] => {
      const [name = '', value = ''] = pair.trim().split('=', 2);
      return [name, value];
    }),
  );
}

export interface NewCookie {
  name: string;
  value: string;
  /** 0 takes it away. */
  maxAgeS: number;
}

export const cookieText = ({ name, value, maxAgeS }: NewCookie, isSecure: boolean): string =>
  `${name}=${value}; Path=/; HttpOnly; SameSite=Lax; Max-Age=${maxAgeS}${isSecure ? '; Secure' : ''}`;

/** The name that only this very host can set over TLS, and the one without TLS. */
export interface CookieNames {
  secure: string;
  plain: string;
}

export function cookieOf(headers: IncomingHttpHeaders, { secure, plain }: CookieNames): string | undefined {
  const cookies = cookiesOf(headers);
  return cookies.get(secure) ?? cookies.get(plain);
}

/** Beside what else the answer has the browser keep. */
export function setCookie(
  { protocol }: FastifyRequest,
  reply: FastifyReply,
  { secure, plain }: CookieNames,
  kept: Omit<NewCookie, 'name'>,
): void {
  const isSecure = protocol === 'https';
  void reply.header('set-cookie', cookieText({ name: isSecure ? secure : plain, ...kept }, isSecure));
}
