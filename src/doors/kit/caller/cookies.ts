/** Cookies of ours: for every path, for no script, for no page of another site, and over TLS alone where there is TLS. */
import type { IncomingHttpHeaders } from 'node:http';

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
