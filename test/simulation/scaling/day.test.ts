/** The figure that KEDA goes by, over simulated days: SIMULATION_SEED replays one. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { type Day, hourMs, night, type Sample, simulateDay, unrunnable } from './day.js';

const chart = (path: string): string =>
  readFileSync(new URL(`../../../deploy/helm/comfymux/${path}`, import.meta.url), 'utf8');
const secondsIn = (text: string, name: string): number =>
  1000 * Number(new RegExp(`${name}: (\\d+)`).exec(text)?.[1]);
const settings = {
  cooldownMs: secondsIn(chart('values.yaml'), 'cooldownSeconds'),
  downPeriodMs: secondsIn(chart('templates/workers/workers.yaml'), 'type: Pods, value: 1, periodSeconds'),
};
const given = process.env['SIMULATION_SEED'];
const seeds = given === undefined ? [1, 2, 3] : [Number(given)];
const fiveMinutesMs = 300_000;

const total = (samples: readonly Sample[], figure: 'wanted' | 'needed' | 'pods'): number =>
  samples.reduce((sum, sample) => sum + sample[figure], 0);

/** From nothing to something, with no job waiting that the pool could run. */
const needlessWakes = ({ samples }: Day): Sample[] =>
  [...grouped(samples, ({ pool }) => pool).values()].flatMap((each) =>
    each.filter(({ pods, hasWork }, at) => each[at - 1]?.pods === 0 && pods > 0 && !hasWork),
  );

function grouped<Key>(samples: readonly Sample[], keyOf: (sample: Sample) => Key): Map<Key, Sample[]> {
  const groups = new Map<Key, Sample[]>();
  for (const sample of samples) {
    const group = groups.get(keyOf(sample));
    if (group) group.push(sample);
    else groups.set(keyOf(sample), [sample]);
  }
  return groups;
}

const isWithin = (share: number, actual: number, expected: number): boolean =>
  Math.abs(actual - expected) <= share * expected;

const days = new Map<string, Day>();

/** Made once; nobody changes it. */
function dayOf(seed: number, follows: 'wanted' | 'needed' | 'queued' = 'wanted'): Day {
  const key = `${seed} ${follows}`;
  const day = days.get(key) ?? simulateDay(seed, settings, follows);
  days.set(key, day);
  return day;
}

describe.each(seeds)('a day of three pools that are scaled by what the service wants, seed %i', (seed) => {
  const day = dayOf(seed);

  it('wants within a fifth of what somebody wants who knows how long every run will be', () => {
    const told = [...grouped(day.samples, ({ pool }) => pool), ['all', day.samples] as const].map(
      ([pool, samples]) => {
        const off = samples.reduce((sum, { wanted, needed }) => sum + Math.abs(wanted - needed), 0);
        return { pool, wanted: total(samples, 'wanted'), needed: total(samples, 'needed'), off };
      },
    );
    for (const { pool, wanted, needed, off } of told) {
      expect(isWithin(0.2, wanted, needed), `${pool}: ${wanted} for ${needed}`).toBe(true);
      expect(off / needed, `${pool}: look by look`).toBeLessThan(0.2);
    }
    for (const [hour, samples] of grouped(day.samples, ({ atMs }) => Math.floor(atMs / hourMs))) {
      const [wanted, needed] = [total(samples, 'wanted'), total(samples, 'needed')];
      // Of hours in which next to nothing is wanted a fifth says nothing.
      if (needed / (samples.length / 3) < 1) continue;
      expect(isWithin(0.2, wanted, needed), `hour ${hour}: ${wanted} for ${needed}`).toBe(true);
    }
    const shares = told.map(({ pool, wanted, needed, off }) =>
      [pool, (wanted / needed).toFixed(3), (off / needed).toFixed(3)].join(' '),
    );
    console.log(`scaling, seed ${seed}: wanted/needed and mean distance of ${shares.join(', ')}`);
  });

  it('takes and makes again no more than one pod within five minutes', () => {
    for (const [pool, scaler] of day.scalers)
      expect(scaler.flapping(fiveMinutesMs), pool).toBeLessThanOrEqual(1);
  });

  it('wakes no pool for what it cannot run, and none at night for what nobody can', () => {
    expect(needlessWakes(day)).toEqual([]);
    const lateAtNight = day.samples.filter(({ atMs }) => atMs >= night.toMs - hourMs && atMs < night.toMs);
    expect(lateAtNight.length).toBeGreaterThan(600);
    expect(total(lateAtNight, 'wanted') + total(lateAtNight, 'pods')).toBe(0);
  });

  it('runs every job but those that nobody can', () => {
    expect(day.unrun.length).toBe(60);
    expect(day.unrun.every((id) => id.startsWith(unrunnable))).toBe(true);
  });

  it('costs at most a fifth more pods than scaling by the knowledge of every run', () => {
    const knowing = total(dayOf(seed, 'needed').samples, 'pods');
    const pods = total(day.samples, 'pods');
    expect(isWithin(0.2, pods, knowing), `${pods} for ${knowing}`).toBe(true);
  });
});

it('is the same day again from the same seed', () => {
  const three = [dayOf(1), simulateDay(1, settings), dayOf(2)];
  const [first, again, other] = three.map(({ samples }) => JSON.stringify(samples));
  expect(again).toBe(first);
  expect(other).not.toBe(first);
});

it('is a measure that the length of the queue fails', () => {
  const byLength = dayOf(1, 'queued');
  const knowing = dayOf(1, 'needed');
  expect(isWithin(0.2, total(byLength.samples, 'pods'), total(knowing.samples, 'pods'))).toBe(false);
  const late = byLength.samples.filter(({ atMs }) => atMs >= night.toMs - hourMs && atMs < night.toMs);
  expect(total(late, 'pods')).toBeGreaterThan(0);
});
