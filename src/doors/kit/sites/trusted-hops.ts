/** Whose word on the address of a caller is believed: of so many proxies next to us, or of proxies at known addresses. */
import { isIP } from 'node:net';
import { compile } from '@fastify/proxy-addr';

/** As `@fastify/proxy-addr` asks: the address that speaks, and how many hops it is away. */
export type Trust = (address: string, hop: number) => boolean;

/** `hops` is a number, or addresses and networks in CIDR notation; empty trusts nobody. */
export function trustOf(hops: number | readonly string[]): Trust | false {
  if (typeof hops === 'number') return hops === 0 ? false : (_address, hop) => hop < hops;
  if (hops.length === 0) return false;
  const isTrusted = compile([...hops]);
  return (address, hop) => isIP(address) !== 0 && isTrusted(address, hop);
}
