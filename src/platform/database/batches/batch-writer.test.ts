import { DatabaseError } from 'pg';
import { expect, it } from 'vitest';
import { BatchWriter } from './batch-writer.js';

/** Statements that end when told to. */
function database() {
  const statements: { rows: readonly number[]; end: () => void; fail: (error: unknown) => void }[] = [];
  const write = async (rows: readonly number[]): Promise<number[]> =>
    new Promise((resolve, reject) => {
      statements.push({ rows, end: () => resolve(rows.map((row) => row * 10)), fail: reject });
    });
  return { statements, write };
}

const turn = async (): Promise<void> => new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
const refused = (): DatabaseError => Object.assign(new DatabaseError('no', 1, 'error'), { code: '23505' });

it('writes a lone row at once, and together what arrived meanwhile', async () => {
  const { statements, write } = database();
  const writer = new BatchWriter({ write, underWayMax: 1 });
  const first = writer.put(1);
  await turn();
  const rest = [2, 3, 4].map(async (row) => writer.put(row));
  await turn();
  expect(statements.map(({ rows }) => rows)).toEqual([[1]]);
  statements[0]!.end();
  expect(await first).toBe(10);
  await turn();
  expect(statements.map(({ rows }) => rows)).toEqual([[1], [2, 3, 4]]);
  statements[1]!.end();
  expect(await Promise.all(rest)).toEqual([20, 30, 40]);
});

it('has no more statements under way, of no more rows and bytes, than it may', async () => {
  const { statements, write } = database();
  const writer = new BatchWriter({ write, rowsMax: 3, bytesOf: (row) => (row > 90 ? 3_000_000 : 1) });
  const all = [1, 2, 3, 4, 91, 92, 5].map(async (row) => writer.put(row));
  await turn();
  expect(statements.map(({ rows }) => rows)).toEqual([
    [1, 2, 3],
    [4, 91],
  ]);
  for (let at = 0; at < 3; at += 1) {
    statements[at]!.end();
    await turn();
  }
  expect(statements.map(({ rows }) => rows).at(-1)).toEqual([92, 5]);
  expect(await Promise.all(all)).toEqual([10, 20, 30, 40, 910, 920, 50]);
});

it('fails the row that the database refuses, and none of its neighbours', async () => {
  const statements: number[][] = [];
  const write = async (rows: readonly number[]): Promise<readonly number[]> => {
    statements.push([...rows]);
    if (rows.includes(13)) throw refused();
    return Promise.resolve(rows);
  };
  const writer = new BatchWriter({ write, underWayMax: 1 });
  const rows = Array.from({ length: 32 }, (_, at) => at);
  const ends = await Promise.allSettled(rows.map(async (row) => writer.put(row)));
  expect(ends.flatMap((end, at) => (end.status === 'rejected' ? [at] : []))).toEqual([13]);
  expect(statements.length).toBeLessThanOrEqual(11);
});

it('writes nothing a second time when it is not known whether it was written', async () => {
  const { statements, write } = database();
  const writer = new BatchWriter({ write });
  const all = [1, 2, 3].map(async (row) => writer.put(row));
  await turn();
  statements[0]!.fail(new Error('Connection terminated unexpectedly'));
  const ends = await Promise.allSettled(all);
  expect(ends.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected']);
  expect(statements).toHaveLength(1);
});
