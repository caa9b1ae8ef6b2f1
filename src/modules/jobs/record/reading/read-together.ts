/**
 * What many callers ask of one job each: what waits while two statements are under way goes as one. A caller that comes alone waits
 * for nobody. Callers of one reach share a statement, so that none is answered from another's.
 */
import type { Pool, QueryResultRow } from 'pg';
import { BatchWriter, type Statement } from '../../../../platform/database/index.js';
import type { currentReach } from '../../../access/index.js';
import { knownByJob, type RecordHalf } from '../record-halves.js';

type Reach = ReturnType<typeof currentReach>;

interface Asked {
  jobId: string;
  reach: Reach;
  /** Equal for equal reaches. */
  reachKey: string;
}

/** Rows of one job may hold a dozen megabytes: so many jobs' take no more than the connections of a pool did. */
const jobsMax = 8;

export class ReadTogether<Row extends QueryResultRow & { id: string }> {
  private readonly batch: BatchWriter<Asked, readonly Row[]>;

  /** The statement takes ids of jobs as $1 and the reach as $2 and $3; each row tells the `id` of its job. */
  constructor(
    private readonly pool: Pool,
    private readonly statementOf: (half: RecordHalf) => Statement,
  ) {
    this.batch = new BatchWriter({ write: async (asked) => this.answer(asked), rowsMax: jobsMax });
  }

  /** The rows of the first half that knows any; none for what is not in the reach. */
  async rowsOf(jobId: string, reach: Reach): Promise<readonly Row[]> {
    return this.batch.put({ jobId: jobId.toLowerCase(), reach, reachKey: JSON.stringify(reach) });
  }

  private async answer(asked: readonly Asked[]): Promise<(readonly Row[])[]> {
    const reaches = new Map(asked.map(({ reachKey, reach }) => [reachKey, reach]));
    const known = new Map<string, Map<string, Row[]>>();
    const look = async ([key, reach]: [string, Reach]): Promise<unknown> => {
      const ids = asked.filter(({ reachKey }) => reachKey === key).map(({ jobId }) => jobId);
      return known.set(key, await this.find(ids, reach));
    };
    await Promise.all([...reaches].map(look));
    return asked.map(({ jobId, reachKey }) => known.get(reachKey)?.get(jobId) ?? []);
  }

  private async find(ids: readonly string[], reach: Reach): Promise<Map<string, Row[]>> {
    return knownByJob(
      ids,
      async (half, wanted) =>
        (await this.pool.query<Row>({ ...this.statementOf(half), values: [wanted, ...reach] })).rows,
      ({ id }) => id,
    );
  }
}
