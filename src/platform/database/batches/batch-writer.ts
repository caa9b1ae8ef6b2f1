/**
 * Group commit. While statements are under way, rows that arrive wait; then all of them go as one statement. There is no timer: a
 * row that comes alone is written at once.
 *
 * Guarantees: each caller gets the answer to its own row, and only after the statement that wrote it has committed. Rows go in the
 * order in which they came. A row that cannot be written fails alone: its statement wrote nothing, so that the rest is written
 * without it. A failure that leaves open whether the statement committed fails every row of it, and none is written again.
 */
import { DatabaseError } from 'pg';
import { isDatabaseUnavailable } from '../errors.js';

export interface BatchWriterOptions<Row, Result> {
  /** Writes all or none; answers in the order of the rows. */
  write: (rows: readonly Row[]) => Promise<readonly Result[]>;
  /** Most rows of one statement. Default 128. */
  rowsMax?: number;
  /** Statements under way at once. Default 2. */
  underWayMax?: number;
  /** Size of a row; a statement of several takes 4 MB at most. */
  bytesOf?: (row: Row) => number;
}

interface Waiting<Row, Result> {
  row: Row;
  resolve: (result: Result) => void;
  reject: (error: unknown) => void;
}

const bytesMax = 4 * 1024 * 1024;

export class BatchWriter<Row, Result> {
  private readonly rowsMax: number;
  private readonly underWayMax: number;
  private readonly waiting: Waiting<Row, Result>[] = [];
  private underWay = 0;
  private isGathering = false;

  constructor(private readonly options: BatchWriterOptions<Row, Result>) {
    this.rowsMax = options.rowsMax ?? 128;
    this.underWayMax = options.underWayMax ?? 2;
  }

  async put(row: Row): Promise<Result> {
    return new Promise<Result>((resolve, reject) => {
      this.waiting.push({ row, resolve, reject });
      this.gather();
    });
  }

  /** What arrives in the same turn of the event loop goes together. */
  private gather(): void {
    if (this.isGathering || this.underWay >= this.underWayMax) return;
    this.isGathering = true;
    setImmediate(() => {
      this.isGathering = false;
      while (this.waiting.length > 0 && this.underWay < this.underWayMax) void this.send(this.take());
    });
  }

  private take(): Waiting<Row, Result>[] {
    const { bytesOf } = this.options;
    let [count, bytes] = [0, 0];
    for (const { row } of this.waiting) {
      bytes += bytesOf?.(row) ?? 0;
      if (count === this.rowsMax || (count > 0 && bytes > bytesMax)) break;
      count += 1;
    }
    return this.waiting.splice(0, count);
  }

  private async send(batch: readonly Waiting<Row, Result>[]): Promise<void> {
    this.underWay += 1;
    try {
      await this.write(batch);
    } finally {
      this.underWay -= 1;
      if (this.waiting.length > 0) this.gather();
    }
  }

  /** Never rejects. */
  private async write(batch: readonly Waiting<Row, Result>[]): Promise<void> {
    try {
      const results = await this.options.write(batch.map(({ row }) => row));
      for (const [at, { resolve }] of batch.entries()) resolve(results[at]!);
    } catch (error) {
      if (batch.length === 1 || !wroteNothing(error)) for (const { reject } of batch) reject(error);
      else await this.writeHalves(batch);
    }
  }

  /** The row at fault is found in steps of halves, so that many good neighbours cost few statements. */
  private async writeHalves(batch: readonly Waiting<Row, Result>[]): Promise<void> {
    const middle = Math.ceil(batch.length / 2);
    await this.write(batch.slice(0, middle));
    await this.write(batch.slice(middle));
  }
}

/** The server refused the statement for what was in it, or ended it to break a deadlock. */
const wroteNothing = (error: unknown): boolean =>
  error instanceof DatabaseError && error.code !== undefined && !isDatabaseUnavailable(error);
