/**
 * The nodes behind a name, from one answer of its name servers after another. An answer may leave addresses out (servers
 * rotate long lists), so one is believed to be gone when several answers in a row did not have it.
 */
import { parseUrl, withoutTrailing } from '../../../../platform/outside-text/index.js';
import type { SightedNode } from './sighting.js';

const missesMax = 3;
const addressesMax = 2000;

export interface NameAddress {
  host: string;
  port: number;
}

/** Scheme, and userinfo if any, of every node behind a name. */
export interface NodeBase {
  protocol: string;
  username: string;
  password: string;
}

/** Addresses with the number of answers in a row that did not have them. */
export type KnownAddresses = ReadonlyMap<string, { address: NameAddress; misses: number }>;

export function afterAnswer(known: KnownAddresses, answer: readonly NameAddress[]): KnownAddresses {
  const seen = answer
    .slice(0, addressesMax)
    .map((address) => [nameOf(address), { address, misses: 0 }] as const);
  const names = new Set(seen.map(([name]) => name));
  const missed = [...known].flatMap(([name, { address, misses }]) =>
    names.has(name) || misses + 1 >= missesMax ? [] : [[name, { address, misses: misses + 1 }] as const],
  );
  return new Map([...seen, ...missed].toSorted(([one], [other]) => (one < other ? -1 : 1)));
}

export function nodesAt(known: KnownAddresses, base: NodeBase): SightedNode[] {
  return [...known].flatMap(([id, { address }]) => {
    const url = urlOf(address, base);
    return url === undefined ? [] : [{ id, url, leaving: false, incarnation: null }];
  });
}

const nameOf = ({ host, port }: NameAddress): string => `${host}:${port}`;

/** Undefined for what a name server gives that is no host. */
function urlOf({ host, port }: NameAddress, { protocol, username, password }: NodeBase): string | undefined {
  const url = parseUrl(`${protocol}//${host.includes(':') ? `[${host}]` : host}:${port}`);
  if (!url) return undefined;
  url.username = username;
  url.password = password;
  return withoutTrailing(url.href, '/');
}
