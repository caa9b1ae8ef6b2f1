/**
 * What many callers ask of one job each: what waits while two statements are under way goes as one. A caller that comes alone waits
 * for nobody. Callers of one reach share a statement, so that none is answered from another's.
 */
import type { Pool, QueryResultRow } from 'pg';
import { BatchWriter, type Statement } from '../../../../platform/database/index.js';
import type { currentReach } from '../../../access/index.js';
import type { RecordHalf } from '../record-halves.js';

export type Reach = ReturnType<typeof currentReach>;

interface Asked {
  jobId: string;
  reach: Reach;
}

/** Rows of one job may hold a dozen megabytes: so many jobs' take no more than the connections of a pool did. */
const jobsMax = 8;

export class ReadTogether<Row extends QueryResultRow> {
  private readonly batch: BatchWriter<Asked, readonly Row[]>;

  /** The statement takes the ids as $1 and the reach as $2 and $3; each row tells its job by `idOf`. */
  constructor(
    private readonly pool: Pool,
    private readonly statementOf: (half: RecordHalf) => Statement,
    private readonly idOf: (row: Row) => string,
  ) {
    this.batch = new BatchWriter({ write: async (asked) => this.answer(asked), rowsMax: jobsMax });
  }

  /** The rows of the first half that knows any; none for what is not in the reach. */
  async rowsOf(jobId: string, reach: Reach): Promise<readonly Row[]> {
    return this.batch.put({ jobId: jobId.toLowerCase(), reach });
  }

  private async answer(asked: readonly Asked[]): Promise<(readonly Row[])[]> {
    const byReach = new Map<string, Asked[]>();
    for (const each of asked) {
      const key = JSON.stringify(each.reach);
      byReach.set(key, [...(byReach.get(key) ?? []), each]);
    }
    const found = new Map<Asked, readonly Row[]>();
    await Promise.all([...byReach.values()].map(async (group) => this.find(group, found)));
    return asked.map((each) => found.get(each) ?? []);
  }

  /** What moves to the archive meanwhile is found there. */
  private async find(asked: readonly Asked[], found: Map<Asked, readonly Row[]>): Promise<void> {
    for (const half of ['', 'archive.'] as const) {
      const missing = asked.filter((each) => !found.has(each));
      if (missing.length === 0) return;
      const rows = await this.read(half, missing);
      for (const each of missing) {
        const mine = rows.get(each.jobId);
        if (mine) found.set(each, mine);
      }
    }
  }

  private async read(half: RecordHalf, asked: readonly Asked[]): Promise<Map<string, Row[]>> {
    const values = [asked.map(({ jobId }) => jobId), ...asked[0]!.reach];
    const { rows } = await this.pool.query<Row>({ ...this.statementOf(half), values });
    const byJob = new Map<string, Row[]>();
    for (const row of rows) {
      const mine = byJob.get(this.idOf(row));
      if (mine) mine.push(row);
      else byJob.set(this.idOf(row), [row]);
    }
    return byJob;
  }
}
