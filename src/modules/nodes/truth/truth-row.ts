/**
 * A row that tells how a node stands, made usable. What today's rules would refuse, as an old or restored database may hold, says nothing:
 * the node is asked anew, and its owner's next word takes the place of the row.
 */
import { z } from 'zod';
import type { NodeMemory } from '../../comfyui/index.js';
import { breakerStates, flagNames, type NodeTruth, openMaxMs, stateNames } from '../domain/index.js';
import type { NodeProbeFacts } from '../watching/inventory-reader.js';

export interface TruthRow extends NodeTruth {
  id: string;
  ownerId: string | null;
  epoch: number;
  inventoryHash: string | null;
  capabilities: NodeProbeFacts['capabilities'] | null;
  devices: NodeProbeFacts['gpus'] | null;
  memory: NodeMemory | null;
}

/** As the database gives it. */
export type StoredTruth = { [Column in keyof TruthRow]: unknown } & Omit<
  TruthRow,
  'state' | 'flags' | 'breaker' | 'capabilities' | 'devices' | 'memory'
>;

const count = z.int().min(0).catch(0);
const breaker = z
  .object({
    state: z.enum(breakerStates),
    remainingMs: z.number().max(openMaxMs).nullable().catch(openMaxMs),
    consecutiveFaults: count,
    timesOpened: count,
    canary: z.string().nullable(),
  })
  .catch({ state: 'closed', remainingMs: null, consecutiveFaults: 0, timesOpened: 0, canary: null });
const bytes = z.number();
const memory = z.object({
  vramTotalBytes: bytes,
  vramFreeBytes: bytes,
  ramTotalBytes: bytes,
  ramFreeBytes: bytes,
});
const device = z.looseObject({ name: z.string(), type: z.string(), vramTotalBytes: bytes });
const capabilities = z.looseObject({ version: z.string().optional(), maxUploadBytes: bytes });

export const truthIn = (row: StoredTruth): TruthRow => ({
  ...row,
  state: z.enum(stateNames).catch('unknown').parse(row.state),
  flags: flagNames.filter((flag) => Array.isArray(row.flags) && row.flags.includes(flag)),
  breaker: breaker.parse(row.breaker),
  capabilities: (capabilities.safeParse(row.capabilities).data ?? null) as TruthRow['capabilities'],
  devices: (z.array(device).safeParse(row.devices).data ?? null) as TruthRow['devices'],
  memory: memory.safeParse(row.memory).data ?? null,
});
