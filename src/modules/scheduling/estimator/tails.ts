/** Time from a prompt's last sampler step to its end (decode, encode, save), per profile and GPU class. */

export interface Tails {
  byKey: Map<string, number>;
}

const rate = 0.3;
const maxTails = 10_000;

export function newTails(): Tails {
  return { byKey: new Map() };
}

export function tailMs(tails: Tails, profileId: string, gpuClass: string): number {
  return tails.byKey.get(`${profileId}@${gpuClass}`) ?? 0;
}

export function observeTail(tails: Tails, profileId: string, gpuClass: string, sampleMs: number): void {
  const key = `${profileId}@${gpuClass}`;
  const known = tails.byKey.get(key) ?? sampleMs;
  tails.byKey.delete(key);
  tails.byKey.set(key, known + rate * (sampleMs - known));
  for (const oldest of tails.byKey.keys()) {
    if (tails.byKey.size <= maxTails) break;
    tails.byKey.delete(oldest);
  }
}
