/**
 * Whether a request was made at this very machine and not passed on by a proxy that runs here. A proxy that tells nothing of
 * itself and asks under a loopback name cannot be told from a program: whoever runs one sets TRUST_PROXY or AUTH=on.
 */
import type { IncomingHttpHeaders } from 'node:http';
import ipaddr from 'ipaddr.js';
import { parseUrl } from '../../../platform/outside-text/index.js';

/** What proxies, tunnels and content networks add. */
const forwarding =
  /^(forwarded|via|x-forwarded(-.+)?|x-real-ip|x-client-ip|x-cluster-client-ip|x-original-.+|cf-.+|true-client-ip|fastly-.+|x-envoy-.+)$/;

export function isAtThisMachine(peer: string | undefined, headers: IncomingHttpHeaders): boolean {
  if (peer === undefined || !isLoopback(peer)) return false;
  if (Object.keys(headers).some((name) => forwarding.test(name))) return false;
  return isLoopbackName(headers.host ?? '');
}

function isLoopback(address: string): boolean {
  return ipaddr.isValid(address) && ipaddr.process(address).range() === 'loopback';
}

/** As HTTP/1.0 has none, it may be left out. */
function isLoopbackName(host: string): boolean {
  if (host === '') return true;
  const name = (parseUrl(`http://${host}`)?.hostname ?? '').replace(/^\[|\]$/g, '').replace(/\.$/, '');
  return name === 'localhost' || name.endsWith('.localhost') || isLoopback(name) || name === '0.0.0.0';
}
