/**
 * Where requests may go whose address a caller chose: http(s), to hosts the operator allows (all, unless he lists some), and to no
 * address of this machine, of private networks or of a cloud's own services unless he opens it. Checked when the address is given,
 * and again with the addresses that its name resolves to when it is connected to: those count.
 */
import { isIP } from 'node:net';
import { parseUrl } from '../outside-text/index.js';
import { isClosedAddress, isIn, isLinkLocal } from './address.js';

export interface OutgoingRules {
  /** The only names, `*.name` for all below one, each with or without a port; empty means all. */
  only: readonly string[];
  /** The setting that `only` comes from, for the message. */
  onlySetting?: string;
  /** Names, addresses and networks that are open although they are not public. */
  open: readonly string[];
}

/** Why not, or null. */
export function refusalOfTarget(
  url: string,
  { only, onlySetting = 'WEBHOOK_HOSTS', open }: OutgoingRules,
): string | null {
  const target = parseUrl(url);
  if (!target) return 'is not a URL';
  const { protocol, hostname, host, username, password } = target;
  if (protocol !== 'http:' && protocol !== 'https:') return 'must begin with http:// or https://';
  if (username !== '' || password !== '') return 'must not hold credentials; use a secret';
  const address = hostname.replace(/^\[|\]$/g, '');
  const refusal = isIP(address) === 0 ? null : refusalOfAddress(address, hostname, open);
  if (refusal !== null) return refusal;
  return only.length === 0 || only.some((allowed) => covers(allowed, hostname) || covers(allowed, host))
    ? null
    : `leads to a host that is not in ${onlySetting}`;
}

/** Of one address that `hostname` resolves to, or that stands in its place. */
export function refusalOfAddress(address: string, hostname: string, open: readonly string[]): string | null {
  if (isLinkLocal(address)) return 'leads to a link-local address';
  const isOpened = open.some((allowed) => covers(allowed, hostname)) || isIn(address, open);
  return isOpened || !isClosedAddress(address)
    ? null
    : 'leads to an address that is not public: an operator can open it in OUTGOING_HOSTS';
}

const covers = (allowed: string, host: string): boolean =>
  allowed.startsWith('*.') ? host.endsWith(allowed.slice(1)) : host === allowed;
