import type { IncomingHttpHeaders } from 'node:http';
import type { Feature } from '../version.js';

/**
 * False for what the server refuses with a bare 403: on a loopback host an `Origin` of another host, and, since 0.19,
 * any request a browser marks as cross-site.
 */
export function originAllowed(headers: IncomingHttpHeaders, features: ReadonlySet<Feature>): boolean {
  if (features.has('secFetchSite') && headers['sec-fetch-site'] === 'cross-site') return false;
  const { host, origin } = headers;
  if (host === undefined || origin === undefined || !URL.canParse(origin)) return true;
  if (!URL.canParse(`http://${host}`)) return true;
  const own = new URL(`http://${host}`);
  if (!isLoopback(own.hostname)) return true;
  const from = new URL(origin);
  const comparePorts = portOf(host) !== '' && portOf(origin) !== '';
  return own.hostname === from.hostname && (!comparePorts || portOf(host) === portOf(origin));
}

const isLoopback = (hostname: string): boolean =>
  hostname === 'localhost' || hostname === '[::1]' || hostname.startsWith('127.');
const portOf = (text: string): string => /:(\d+)\/?$/.exec(text)?.[1] ?? '';
