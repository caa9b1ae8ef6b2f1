/** SIMULATION_SEED replays one seed. */
import { describe, expect, it } from 'vitest';
import { simulate } from './simulate.js';

const given = process.env['SIMULATION_SEED'];
const seeds = given === undefined ? Array.from({ length: 20 }, (_, index) => index + 1) : [Number(given)];

describe('whole clusters on a manual clock', () => {
  it('keep every invariant after every step, and end every job', () => {
    const reruns = new Map<string, number>();
    let [steps, runs, handedOver, takenBack] = [0, 0, 0, 0];
    for (const seed of seeds) {
      try {
        const result = simulate({ seed });
        steps += result.steps;
        runs += result.runs;
        handedOver += result.handedOver;
        takenBack += result.takenBack;
        for (const [reason, times] of result.reruns) reruns.set(reason, (reruns.get(reason) ?? 0) + times);
      } catch (cause) {
        throw new Error(`seed ${seed} (replay with SIMULATION_SEED=${seed})`, { cause });
      }
    }
    const reasons = [...reruns]
      .map(([reason, times]) => `${reason} ${times}`)
      .toSorted()
      .join(', ');
    expect(runs).toBeGreaterThan(seeds.length);
    expect(Math.min(handedOver, takenBack)).toBeGreaterThan(0);
    console.log(
      `simulation: seeds ${seeds[0]}–${seeds.at(-1)}, ${steps} steps, ${runs} runs, ${handedOver} handed over, ${takenBack} taken back; second runs: ${reasons}`,
    );
  });

  it('do the same again from the same seed, byte for byte', () => {
    const [first, second, other] = [7, 7, 8].map((seed) => simulate({ seed }).log);
    expect(second).toBe(first);
    expect(other).not.toBe(first);
  });

  it('are caught when stale owners may write', () => {
    const broken = seeds.filter((seed) => {
      try {
        simulate({ seed, comparesVersions: false });
        return false;
      } catch {
        return true;
      }
    });
    expect(broken.length).toBeGreaterThan(0);
  });
});
