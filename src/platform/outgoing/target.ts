/**
 * Where webhooks may go: http(s), to hosts the operator allows (all, unless he lists some), and never to link-local
 * addresses, where clouds hand out their machines' credentials. Checked at submission, and again with the addresses that
 * names resolve to at delivery.
 */
import { BlockList, isIP } from 'node:net';
import { parseUrl } from '../outside-text/index.js';

const linkLocal = new BlockList();
linkLocal.addSubnet('169.254.0.0', 16);
linkLocal.addSubnet('fe80::', 10, 'ipv6');
linkLocal.addAddress('fd00:ec2::254', 'ipv6');

export function isLinkLocal(address: string): boolean {
  const family = isIP(address);
  return family !== 0 && linkLocal.check(address, family === 6 ? 'ipv6' : 'ipv4');
}

/** Why not, or null. `hosts` are names, `*.name` for all below one, each with or without a port; empty means all. */
export function refusalOfTarget(url: string, hosts: readonly string[]): string | null {
  const target = parseUrl(url);
  if (!target) return 'is not a URL';
  const { protocol, hostname, host, username, password } = target;
  if (protocol !== 'http:' && protocol !== 'https:') return 'must begin with http:// or https://';
  if (username !== '' || password !== '') return 'must not hold credentials; use a secret';
  if (isLinkLocal(hostname.replace(/^\[|\]$/g, ''))) return 'leads to a link-local address';
  return hosts.length === 0 || hosts.some((allowed) => covers(allowed, hostname) || covers(allowed, host))
    ? null
    : 'leads to a host that is not in WEBHOOK_HOSTS';
}

const covers = (allowed: string, host: string): boolean =>
  allowed.startsWith('*.') ? host.endsWith(allowed.slice(1)) : host === allowed;
