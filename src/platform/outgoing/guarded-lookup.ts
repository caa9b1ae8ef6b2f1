/** A look-up for sockets that leaves out the addresses they must not connect to. */
import { lookup as systemLookup, type LookupAddress, type LookupOptions } from 'node:dns';
import { refusalOfAddress } from './target.js';

type Done = (error: NodeJS.ErrnoException | null, address: LookupAddress[] | string, family?: number) => void;

/** As `dns.lookup` with `all`: tests put their own in its place. */
export type Resolve = (
  hostname: string,
  options: LookupOptions & { all: true },
  done: (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => void,
) => void;

export function guardedLookup(
  open: readonly string[],
  resolve: Resolve = systemLookup,
): (hostname: string, options: LookupOptions, done: Done) => void {
  return (hostname, options, done) =>
    resolve(hostname, { ...options, all: true }, (error, addresses) => {
      if (error) return done(error, []);
      const allowed = addresses.filter(({ address }) => refusalOfAddress(address, hostname, open) === null);
      const [first] = allowed;
      if (!first) return done(new Error(`${hostname} resolves to closed addresses alone`), []);
      return options.all ? done(null, allowed) : done(null, first.address, first.family);
    });
}
