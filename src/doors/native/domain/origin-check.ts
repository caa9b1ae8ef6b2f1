/**
 * Keeps pages of other sites from using this service through a visitor's browser, as ComfyUI does: it has no login.
 * True when the request may come in.
 */
import { parseUrl } from '../../../platform/outside-text/index.js';

export function isFromHere(headers: Record<string, string | string[] | undefined>): boolean {
  if (headers['sec-fetch-site'] === 'cross-site') return false;
  const { host, origin } = headers;
  if (typeof host !== 'string' || typeof origin !== 'string') return true;
  return !isLoopback(host) || hostOf(origin) === undefined || sameHost(hostOf(origin) ?? '', host);
}

const isLoopback = (host: string): boolean => /^(localhost|127(\.\d{1,3}){3}|\[::1\])(:\d+)?$/i.test(host);

function hostOf(origin: string): string | undefined {
  return parseUrl(origin)?.host;
}

/** Ports count only where both are told. */
function sameHost(left: string, right: string): boolean {
  const [a, b] = [split(left), split(right)];
  return a.name === b.name && (a.port === '' || b.port === '' || a.port === b.port);
}

function split(host: string): { name: string; port: string } {
  const match = /^(.*?)(?::(\d+))?$/.exec(host.toLowerCase());
  return { name: match?.[1] ?? '', port: match?.[2] ?? '' };
}
