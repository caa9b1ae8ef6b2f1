/**
 * What the leader reads of the queue, made usable. A turn is for all jobs: a number or a document that today's rules would refuse,
 * as an old or restored database may hold, must harm no more than its own job.
 */
import { readRequirements } from '../../../workflows/index.js';
import { keyIn, labelsIn } from '../stored-values.js';

export const headOf = <Head extends { effKey: number; creditS: number; workUnits: number }>(
  row: Head,
): Head => ({
  ...row,
  effKey: keyIn(row.effKey),
  creditS: Number.isFinite(row.creditS) ? row.creditS : 0,
  workUnits: row.workUnits > 0 && row.workUnits < Infinity ? row.workUnits : 1,
});

export const classOf = <Row extends { minVramBytes: string; requirements: unknown; labels: unknown }>(
  row: Row,
) => ({
  ...row,
  minVramBytes: Number(row.minVramBytes),
  requirements: readRequirements(row.requirements),
  labels: labelsIn(row.labels) ?? {},
});
