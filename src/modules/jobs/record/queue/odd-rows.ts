/**
 * What the leader reads of the queue, made usable. A turn is for all jobs: a number or a document that today's rules would refuse,
 * as an old or restored database may hold, must harm no more than its own job.
 */
import { readRequirements } from '../../../workflows/index.js';
import { labelsIn } from '../stored-documents.js';

/** Where PostgreSQL sorts NaN too: behind everything. */
const lastKey = 1e15;

export const headOf = <Head extends { effKey: number; creditS: number; workUnits: number }>(
  row: Head,
): Head =>
  isFiniteKey(row) && row.workUnits > 0 && row.workUnits < Infinity
    ? row
    : {
        ...row,
        effKey: Number.isFinite(row.effKey) ? row.effKey : row.effKey === -Infinity ? -lastKey : lastKey,
        creditS: Number.isFinite(row.creditS) ? row.creditS : 0,
        workUnits: row.workUnits > 0 && row.workUnits < Infinity ? row.workUnits : 1,
      };

const isFiniteKey = ({ effKey, creditS }: { effKey: number; creditS: number }): boolean =>
  Number.isFinite(effKey) && Number.isFinite(creditS);

export const classOf = <Row extends { minVramBytes: string; requirements: unknown; labels: unknown }>(
  row: Row,
) => ({
  ...row,
  minVramBytes: Number(row.minVramBytes),
  requirements: readRequirements(row.requirements),
  labels: labelsIn(row.labels) ?? {},
});
