import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { unzipSync } from 'fflate';
import { expect, it } from 'vitest';
import type { JobOutput, JobView } from '../../../modules/jobs/index.js';
import { resultsZip } from './results-zip.js';

const text = '0123456789';

/** An archive of one job with one result of ten bytes, of which the row tells something else. */
async function archiveOf(row: Partial<JobOutput>, open = async () => Readable.from([Buffer.from(text)])) {
  const output = {
    sha256: 'a',
    filename: 'a.png',
    nodeId: '1',
    index: 0,
    sizeBytes: 10,
    createdAt: new Date(),
  };
  const view = { id: 'id', state: 'succeeded', error: null, outputs: [{ ...output, ...row }] };
  async function* jobs() {
    yield { no: 0, view: view as unknown as JobView };
  }
  const files = unzipSync(new Uint8Array(await buffer(resultsZip(jobs(), open))));
  const [told] = JSON.parse(Buffer.from(files['jobs.json']!).toString()) as Record<string, unknown>[];
  const file = files['001/1-0-a.png'];
  return { told, text: file && Buffer.from(file).toString() };
}

it('holds a file as it was made', async () => {
  const { told, text: held } = await archiveOf({});
  expect(held).toBe(text);
  expect(told).toMatchObject({ files: ['001/1-0-a.png'], missing: [], of_another_size: [] });
});

it.each([3, 20, 0, -1, 2 ** 63, Number.NaN])(
  'holds all of a file whose row tells a size of %s, and says so',
  async (sizeBytes) => {
    const { told, text: held } = await archiveOf({ sizeBytes });
    expect(held).toBe(text);
    expect(told).toMatchObject({ missing: [], of_another_size: ['001/1-0-a.png'] });
  },
);

it.each(['0001-01-01T00:00:00.000Z', '1969-12-31T00:00:00.000Z', '9999-12-31T23:59:59.999Z'])(
  'holds a file made at %s, a time that no archive can tell',
  async (at) => {
    expect((await archiveOf({ createdAt: new Date(at) })).text).toBe(text);
  },
);

it('says which files are not in storage', async () => {
  const { told, text: held } = await archiveOf({}, () => Promise.reject(new Error('gone')));
  expect(held).toBeUndefined();
  expect(told).toMatchObject({ files: [], missing: ['001/1-0-a.png'] });
});

it('breaks off where a file cannot be read to its end', async () => {
  const torn = new Readable({
    read() {
      this.destroy(new Error('torn'));
    },
  });
  await expect(archiveOf({}, async () => torn)).rejects.toThrow('torn');
});
