/**
 * What the leader reads of the queue, made usable. A turn is for all jobs: a number or a document that today's rules would refuse,
 * as an old or restored database may hold, must harm no more than its own job.
 */
import { readRequirements } from '../../../workflows/index.js';
import { keyIn, labelsIn, textsIn } from '../stored-values.js';

export const headOf = <
  Head extends { effKey: number; creditS: number; workUnits: number; avoidNodeIds: string[] },
>(
  row: Head,
): Head => ({
  ...row,
  avoidNodeIds: textsIn(row.avoidNodeIds),
  effKey: keyIn(row.effKey),
  creditS: Number.isFinite(row.creditS) ? row.creditS : 0,
  workUnits: row.workUnits > 0 && row.workUnits < Infinity ? row.workUnits : 1,
});

type ClassRow = Record<'requirements' | 'labels', unknown> & Record<'models' | 'loras', string[]>;

export const classOf = <Row extends ClassRow & { minVramBytes: string }>(row: Row) => ({
  ...row,
  models: textsIn(row.models),
  loras: textsIn(row.loras),
  minVramBytes: Number(row.minVramBytes),
  requirements: readRequirements(row.requirements),
  labels: labelsIn(row.labels) ?? {},
});
