/**
 * Whether a request was made at this very machine and not passed on by a proxy that runs here. A proxy that tells nothing of
 * itself and asks under a loopback name cannot be told from a program: whoever runs one sets TRUST_PROXY or AUTH=on.
 */
import type { IncomingHttpHeaders } from 'node:http';
import ipaddr from 'ipaddr.js';
import { parseUrl } from '../../../platform/outside-text/index.js';

/** What proxies, tunnels, load balancers and content networks add. */
const forwarding = new Set([
  'forwarded',
  'via',
  'cdn-loop',
  'x-forwarded',
  'x-client-ip',
  'client-ip',
  'proxy-client-ip',
  'wl-proxy-client-ip',
  'x-cluster-client-ip',
  'x-originating-ip',
  'x-proxyuser-ip',
  'true-client-ip',
  'incap-client-ip',
  'x-sucuri-clientip',
  'x-nginx-proxy',
  'x-rewrite-url',
  'x-scheme',
  'x-amz-cf-id',
  'front-end-https',
]);
const forwardingFamilies = [
  'x-forwarded-',
  'x-real-',
  'x-original-',
  'x-remote-',
  'cf-',
  'fastly-',
  'fly-',
  'x-envoy-',
  'x-azure-',
  'x-appengine-',
  'x-arr-',
  'cloudfront-',
  'ali-cdn-',
  'akamai-',
  'x-akamai-',
  'tailscale-',
];
const isForwarding = (name: string): boolean =>
  forwarding.has(name) || forwardingFamilies.some((family) => name.startsWith(family));

export function isAtThisMachine(peer: string | undefined, headers: IncomingHttpHeaders): boolean {
  if (peer === undefined || !isLoopback(peer)) return false;
  if (Object.keys(headers).some(isForwarding)) return false;
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
