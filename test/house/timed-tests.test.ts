/** A test holds a promise of time by `expectWithin` or `processorMs`: a bound on the bare clock fails for what else the machine does. */
import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

const bareClock = /expect\([^;]*(?:performance\.now\(\)|Date\.now\(\)) - [^;]*\)\s*\.toBeLess/;
const self = 'test/house/timed-tests.test.ts';

test('no test sets a bound on the bare clock', () => {
  expect(bareClock.test("expect(performance.now() - beganMs, 'a run').toBeLessThan(2_000);")).toBe(true);
  const tests = ['src', 'test'].flatMap((folder) =>
    readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.test.ts'))
      .map((name) => `${folder}/${name.replaceAll('\\', '/')}`),
  );
  expect(tests.length).toBeGreaterThan(400);
  expect(tests.filter((file) => file !== self && bareClock.test(readFileSync(file, 'utf8')))).toEqual([]);
});
