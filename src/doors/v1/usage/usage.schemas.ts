import { z } from 'zod';
import { usageGroups } from '../../../modules/jobs/index.js';

const name = z.string().min(1).max(200);
const day = z.iso.date();
const group = z.enum(usageGroups);

export const usageQuerySchema = z
  .strictObject({
    by: z
      .string()
      .default(usageGroups.join(','))
      .transform((text) => [...new Set(text.split(','))])
      .pipe(z.array(group))
      .describe('What is told apart: `tenant`, `workflow`, `day`, comma separated; all of them unless said.'),
    from: day.optional().describe('The first day (UTC); a month before `to` unless said.'),
    to: day.optional().describe('The last day (UTC), today unless said.'),
    tenant: name.optional(),
    workflow: name.optional(),
    format: z.enum(['json', 'csv']).optional().describe('`Accept: text/csv` says the same.'),
  })
  .refine(({ from, to }) => from === undefined || to === undefined || from <= to, {
    path: ['from'],
    message: 'is after `to`',
  });

/** `GET /v1/usage` */
export const usageSchema = z.object({
  from: day,
  to: day,
  usage: z.array(
    z.object({
      tenant: z.string().optional(),
      workflow: z.string().nullable().optional().describe('Null for graphs without a name.'),
      day: day.optional(),
      jobs: z.number().describe('Jobs that ended.'),
      runs: z.number().describe('Runs that a node began, failed ones too.'),
      gpu_seconds: z
        .number()
        .describe("What those took of their nodes, by the nodes' clocks where they told."),
      input_bytes: z.number().describe('Of the input files of the jobs.'),
      output_bytes: z.number().describe('Of the results that they made anew.'),
    }),
  ),
});

export type UsageDocument = z.infer<typeof usageSchema>;
