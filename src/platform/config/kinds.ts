/** The kinds of values that settings have. */
import { isIP } from 'node:net';
import { z } from 'zod';
import { decodePercent, withoutTrailing } from '../outside-text/index.js';

export const port = z.coerce.number().int().min(0).max(65_535);
export const durationMs = z.coerce.number().int().min(1).max(86_400_000);
export const count = z.coerce.number().int().min(1);
export const number = z.coerce.number().min(0);
export const url = z.url({ protocol: /^https?$/ }).transform((text) => withoutTrailing(text, '/'));

/** A comma separated list, of which no two entries have one name. */
export const listOf = <T extends object>(
  parse: (entry: string) => T | { mistake: string },
  nameOf: (entry: T) => string,
) =>
  z.string().transform((text, context): T[] => {
    const list: T[] = [];
    for (const entry of text.split(',').map((part) => part.trim())) {
      if (entry === '') continue;
      const parsed = parse(entry);
      if ('mistake' in parsed) context.addIssue({ code: 'custom', message: parsed.mistake });
      else if (list.some((other) => nameOf(other) === nameOf(parsed))) {
        context.addIssue({ code: 'custom', message: `two nodes are named "${nameOf(parsed)}"` });
      } else list.push(parsed);
    }
    return list;
  });

export const namesIn = (text: string): string[] =>
  text
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');

/** `name=value` pairs, comma separated and percent-encoded, as OpenTelemetry writes them. */
export const pairs = z.string().transform((text, context): Record<string, string> => {
  const entries: [string, string][] = [];
  for (const part of text.split(',').filter((each) => each.trim() !== '')) {
    const [name = '', ...value] = part.split('=');
    if (name.trim() === '' || value.length === 0)
      context.addIssue({ code: 'custom', message: 'must be name=value pairs, comma separated' });
    else entries.push([name.trim(), decoded(value.join('=').trim())]);
  }
  return Object.fromEntries(entries);
});

/** What is not percent-encoded stands for itself. */
const decoded = (text: string): string => decodePercent(text) ?? text;

/** `off`, a number of hops, or addresses and networks. `on` is the one hop that it meant to be. */
export const trustedHops = z
  .string()
  .default('off')
  .transform((text, context): number | string[] => {
    const given = text.trim().toLowerCase();
    if (given === 'off' || given === 'on') return given === 'on' ? 1 : 0;
    if (/^\d{1,2}$/.test(given)) return Number(given);
    const networks = namesIn(given);
    if (networks.length === 0 || !networks.every(isNetwork))
      context.addIssue({
        code: 'custom',
        message: 'must be off, a number of proxies, or addresses and networks',
      });
    return networks;
  });

/** Addresses and networks in CIDR notation, comma separated. */
export const networksIn = z
  .string()
  .default('')
  .transform((text, context): string[] => {
    const networks = namesIn(text);
    if (!networks.every(isNetwork))
      context.addIssue({ code: 'custom', message: 'must be addresses and networks, comma separated' });
    return networks;
  });

function isNetwork(text: string): boolean {
  const [address = '', bits, ...rest] = text.split('/');
  const family = isIP(address);
  if (family === 0 || rest.length > 0) return false;
  return bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (family === 6 ? 128 : 32));
}
