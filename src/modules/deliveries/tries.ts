/** How tries end, told and counted alike for webhooks and for files. */
import { Counter, type Registry } from 'prom-client';
import type { Try } from './delivery.js';

const results = ['delivered', 'failed', 'given_up'] as const;
type TryResult = (typeof results)[number];

/** `failed` is tried again later. */
export function resultOf({ reason, isLast }: Try): TryResult {
  if (reason === null) return 'delivered';
  return isLast ? 'given_up' : 'failed';
}

/** `what` is tried. All results are there from the start. */
export function resultCounter(registry: Registry, name: string, what: string): Counter<'result'> {
  const counter = new Counter({
    name,
    help: `${what}: \`delivered\`, \`failed\` (tried again later) or \`given_up\`.`,
    labelNames: ['result'],
    registers: [registry],
  });
  for (const result of results) counter.inc({ result }, 0);
  return counter;
}
