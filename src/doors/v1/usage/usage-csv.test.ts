import { expect, test } from 'vitest';
import { csvOf } from './usage-csv.js';

const figures = { jobs: 1, runs: 2, gpu_seconds: 1.25, input_bytes: 0, output_bytes: 7e12 };
const days = { from: '2027-01-01', to: '2027-01-02' };

test('the columns are the groups that were asked for, and the figures', () => {
  const usage = [{ tenant: 'a', workflow: null, ...figures }];
  expect(csvOf(['tenant', 'workflow'], { ...days, usage })).toBe(
    'tenant,workflow,jobs,runs,gpu_seconds,input_bytes,output_bytes\r\na,,1,2,1.25,0,7000000000000\r\n',
  );
});

test.each([
  ['a,b', '"a,b"'],
  ['say "no"', '"say ""no"""'],
  ['=1+1', `'=1+1`],
  ['two\nlines', '"two\nlines"'],
])('the name %j is one cell and no formula', (workflow, cell) => {
  const usage = [{ workflow, ...figures }];
  expect(csvOf(['workflow'], { ...days, usage }).split('\r\n')[1]).toBe(`${cell},1,2,1.25,0,7000000000000`);
});
