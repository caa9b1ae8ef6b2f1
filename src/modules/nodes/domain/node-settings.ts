/** What a node may be called and told, whoever says it. */
import { z } from 'zod';

export const nodeName = z
  .string()
  .regex(/^[A-Za-z0-9][\w.:-]{0,62}$/, 'letters, digits and . _ : -, 63 at most');

export const labelsMax = 32;
export const nodeLabels = z
  .record(z.string().min(1).max(63), z.string().max(255))
  .refine((map) => Object.keys(map).length <= labelsMax, `at most ${labelsMax} labels`);

export const nodeWeight = z.number().min(0).max(100);
