/** Which addresses requests of ours may go to when a caller chose them: public ones, and what an operator opened. */
import ipaddr from 'ipaddr.js';

/** Handed out by clouds to their machines: an address that is public in form only. */
const metadata = new Set(['168.63.129.16']);

/** Networks that carry an IPv4 address inside: what counts is the address that they lead to, which we do not see through. */
export function isClosedAddress(address: string): boolean {
  if (!ipaddr.isValid(address)) return true;
  const parsed = ipaddr.process(address);
  return parsed.range() !== 'unicast' || metadata.has(parsed.toString());
}

/** Never opened: clouds hand out their machines' credentials there. */
export function isLinkLocal(address: string): boolean {
  if (!ipaddr.isValid(address)) return false;
  const parsed = ipaddr.process(address);
  return parsed.range() === 'linkLocal' || parsed.toString() === 'fd00:ec2::254';
}

/** `networks` are addresses and networks in CIDR notation; other entries are none of ours. */
export function isIn(address: string, networks: readonly string[]): boolean {
  if (!ipaddr.isValid(address)) return false;
  const parsed = ipaddr.process(address);
  return networks.some((text) => {
    const network = networkOf(text);
    return network !== undefined && network[0].kind() === parsed.kind() && parsed.match(network);
  });
}

function networkOf(text: string): [ipaddr.IPv4 | ipaddr.IPv6, number] | undefined {
  if (ipaddr.isValidCIDR(text)) return ipaddr.parseCIDR(text);
  if (!ipaddr.isValid(text)) return undefined;
  const address = ipaddr.process(text);
  return [address, address.kind() === 'ipv4' ? 32 : 128];
}
