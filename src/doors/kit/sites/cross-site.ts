/**
 * Keeps pages of other sites from using this service through a visitor's browser. Two rules, for every door that does not say
 * `open`: the name that was asked for must be one of ours (a stranger's name that leads here is DNS rebinding), and what
 * changes something, or opens a WebSocket, must not come from a page of another site.
 */
import { isIP } from 'node:net';
import { parseUrl } from '../../../platform/outside-text/index.js';

export interface Asked {
  method: string;
  /** With the port, as the trusted hops tell it. */
  host: string;
  headers: Record<string, string | string[] | undefined>;
}

export interface OwnNames {
  /** Names, `*.name` for all below one, or `*`. */
  hosts: readonly string[];
  publicUrl: string | undefined;
}

/** Why the request may not come in, or null. */
export function crossSiteRefusal(asked: Asked, own: OwnNames): string | null {
  const name = hostName(asked.host);
  if (name !== undefined && !isOwnName(name, own))
    return `The name "${asked.host.slice(0, 255)}" is not one of this service: an operator can list it in ALLOWED_HOSTS.`;
  return isReading(asked) || isOwnPage(asked, own)
    ? null
    : 'A page of another site may not change anything here.';
}

/** Those that change nothing. */
export const readingMethods = new Set(['GET', 'HEAD', 'OPTIONS']);

const isReading = ({ method, headers }: Asked): boolean =>
  readingMethods.has(method) && headers.upgrade === undefined;

/** A browser says which page asks, and lets no page change that; programs say nothing. */
function isOwnPage({ headers, host }: Asked, own: OwnNames): boolean {
  const site = headers['sec-fetch-site'];
  if (site === 'same-origin' || site === 'none') return true;
  if (site === 'cross-site') return false;
  const { origin } = headers;
  if (origin === undefined) return true;
  const page = typeof origin === 'string' ? parseUrl(origin) : undefined;
  // `null` is the origin of sandboxed pages and of files, ours never.
  if (!page) return false;
  return page.host === withoutDefaultPort(host) || isListed(page.hostname, own);
}

const withoutDefaultPort = (host: string): string => host.toLowerCase().replace(/:(80|443)$/, '');

function isOwnName(name: string, own: OwnNames): boolean {
  return isIP(name) !== 0 || cannotBePublic(name) || isListed(name, own);
}

function isListed(name: string, { hosts, publicUrl }: OwnNames): boolean {
  return (
    (publicUrl !== undefined && parseUrl(publicUrl)?.hostname === name) ||
    hosts.some(
      (host) => host === '*' || host === name || (host.startsWith('*.') && name.endsWith(host.slice(1))),
    )
  );
}

/** Names that no stranger can own: of this machine, of its network, and of a cluster's own name server. */
const privateSuffixes = ['.localhost', '.local', '.internal', '.test', '.home.arpa'];

const cannotBePublic = (name: string): boolean =>
  !name.includes('.') || privateSuffixes.some((suffix) => name.endsWith(suffix));

/** Undefined for none; an address in brackets without them. */
function hostName(host: string): string | undefined {
  if (host === '') return undefined;
  const name = parseUrl(`http://${host}`)?.hostname ?? host.toLowerCase();
  return name.replace(/^\[|\]$/g, '').replace(/\.$/, '');
}
