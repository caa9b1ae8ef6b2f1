/**
 * Credentials of every kind under bit flips, cuts, additions, parts of others, replay, expiry and revocation, while the clock of this
 * machine is wrong by up to five minutes either way: no wrong yes, and no wrong no, in 10,000 tries. A failure prints its seed;
 * CREDENTIALS_SEED and CREDENTIALS_TRIES repeat it.
 */
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { LyingProvider } from '../support/lying-provider.js';
import { type Credential, credentialKinds, CredentialWorld, databaseNowMs } from './credentials.js';

const tries = Number(process.env['CREDENTIALS_TRIES'] ?? 10_000);
const seed = Number(process.env['CREDENTIALS_SEED'] ?? 748_253_899);

let provider: LyingProvider;
let world: CredentialWorld;
beforeAll(async () => {
  provider = await new LyingProvider().start();
  // Timers of the network go on.
  vi.useFakeTimers({ toFake: ['Date', 'performance'] });
  world = await CredentialWorld.create(provider);
});
afterAll(async () => {
  vi.useRealTimers();
  await provider.stop();
});

const kinds = fc.constantFrom(...credentialKinds);
type Fate =
  | { what: 'flipped'; at: number; bit: number }
  | { what: 'cut'; to: number }
  | { what: 'longer'; by: string }
  | { what: 'mixed'; at: number }
  | { what: 'shown late'; byMs: number }
  | { what: 'shown in time'; byMs: number }
  | { what: 'ended' | 'as it is' };
const part = fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true });
const fates: fc.Arbitrary<Fate> = fc.oneof(
  fc.record({ what: fc.constant('flipped' as const), at: part, bit: fc.nat(6) }),
  fc.record({ what: fc.constant('cut' as const), to: part }),
  fc.record({ what: fc.constant('longer' as const), by: fc.string({ minLength: 1 }) }),
  fc.record({ what: fc.constant('mixed' as const), at: part }),
  fc.record({ what: fc.constant('shown late' as const), byMs: fc.nat(600_000) }),
  fc.record({ what: fc.constant('shown in time' as const), byMs: fc.integer({ min: 1, max: 20_000 }) }),
  fc.record({ what: fc.constantFrom('ended' as const, 'as it is' as const) }),
);
const skews = fc.integer({ min: -300_000, max: 300_000 });
const lifetimes = fc.integer({ min: 1_000, max: 900_000 });

/** What is shown in the end. */
function shownBy(fate: Fate, text: string, other: string): string {
  if (fate.what === 'cut') return text.slice(0, Math.floor(fate.to * text.length));
  if (fate.what === 'longer') return text + fate.by;
  if (fate.what !== 'flipped' && fate.what !== 'mixed') return text;
  const at = Math.floor(fate.at * text.length);
  if (fate.what === 'mixed') return text.slice(0, at) + other.slice(at);
  return text.slice(0, at) + String.fromCharCode(text.charCodeAt(at) ^ (1 << fate.bit)) + text.slice(at + 1);
}

/** Whether it may still be good: in the world, not for the text. */
async function meet(fate: Fate, credential: Credential): Promise<boolean> {
  const { endsAtMs, end } = credential;
  if (fate.what === 'ended' && end) {
    await end();
    return false;
  }
  if (endsAtMs === null || (fate.what !== 'shown late' && fate.what !== 'shown in time')) return true;
  const leftMs = endsAtMs - databaseNowMs();
  vi.advanceTimersByTime(
    fate.what === 'shown late' ? leftMs + fate.byMs + 1 : Math.max(0, leftMs - fate.byMs),
  );
  return databaseNowMs() < endsAtMs;
}

it(`lets in nobody by a credential that is not theirs, not whole or not good any more, in ${tries} tries`, async () => {
  const yes = new Map<string, number>();
  const shown = fc.record({
    kind: kinds,
    fate: fates,
    skewMs: skews,
    lifetimeMs: lifetimes,
    isSeen: fc.boolean(),
  });
  const property = fc.asyncProperty(shown, async ({ kind, fate, skewMs, lifetimeMs, isSeen }) => {
    vi.setSystemTime(databaseNowMs() + skewMs);
    const [credential, other] = [
      await world.handOut(kind, lifetimeMs),
      await world.handOut(kind, lifetimeMs),
    ];
    // What was seen a moment ago is remembered: it must be forgotten in time.
    const isUsedUp = isSeen && (await credential.opens(credential.text)) && credential.isForOnce === true;
    const isInTime = await meet(fate, credential);
    const text = shownBy(fate, credential.text, other.text);
    const { meaning = (each: string) => each } = credential;
    const isOther = meaning(text) === meaning(other.text);
    const isWhole = meaning(text) === meaning(credential.text);
    const expected = isOther
      ? databaseNowMs() < (other.endsAtMs ?? Infinity)
      : isWhole && isInTime && !isUsedUp;
    const isIn = await (isOther ? other : credential).opens(text);
    if (isIn) yes.set(kind, (yes.get(kind) ?? 0) + 1);
    return isIn === expected;
  });
  await fc.assert(property, { numRuns: tries, seed });
  // Every kind was let in where it had to be, too.
  expect(tries < 1_000 || yes.size === credentialKinds.length).toBe(true);
}, 300_000);
