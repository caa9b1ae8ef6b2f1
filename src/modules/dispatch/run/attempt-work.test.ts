import { expect, it } from 'vitest';
import type { QueueReading } from '../../comfyui/index.js';
import type { OpenAttempt } from '../../jobs/index.js';
import { AttemptWork } from './attempt-work.js';
import { RunSignals } from './run-signals.js';

const runningAt = new Date();
const attempt = {
  promptId: 'ours',
  state: 'running',
  acceptedAt: runningAt,
  runningAt,
  atNodeForMs: 0,
  runLimitMs: null,
  cancelRequested: false,
  withdrawRequested: false,
} as OpenAttempt;
const listed: QueueReading = {
  running: [{ number: 1, promptId: 'ours', clientId: undefined }],
  pending: [],
};

/** An old node, which kills whatever runs, and readings of its queue that end when told to. */
function scene(changes: Partial<OpenAttempt> = {}) {
  const readings: { sinceMs: number; answer: () => void }[] = [];
  const interrupted: string[] = [];
  const client = { interrupt: async (promptId: string) => Promise.resolve(interrupted.push(promptId)) };
  const signals = new RunSignals();
  let nowMs = 1000;
  const work = new AttemptWork(
    { ...attempt, ...changes },
    {
      node: {
        monitor: { client, settings: { incarnation: null }, isOtherThan: () => false },
        queue: {
          read: async (sinceMs: number) =>
            new Promise<QueueReading>((resolve) => {
              readings.push({ sinceMs, answer: () => resolve(listed) });
            }),
        },
      },
      clock: { monotonicMs: () => (nowMs += 1), runLimitMs: 600_000, pollIntervalMs: 1 },
    } as never,
    signals,
  );
  return { work, signals, readings, interrupted };
}

it('ends nothing at its node by a reading that began before somebody wanted the end', async () => {
  const { work, signals, readings, interrupted } = scene();
  const first = work.turn();
  work.update({ ...attempt, cancelRequested: true });
  readings[0]!.answer();
  expect(await first).toBe('open');
  expect(interrupted).toEqual([]);
  // The next look comes at once.
  await signals.pause(60_000);

  const second = work.turn();
  expect(readings[1]!.sinceMs).toBeLessThan(Infinity);
  readings[1]!.answer();
  await second;
  expect(interrupted).toEqual(['ours']);
});

it.each([
  ['a minute', 60_000, 0],
  ['longer than it may', 600_001, 1],
])(
  'stops a run that has gone on for %s, whatever the wall clock of the replica says',
  async (_, forMs, stops) => {
    const anHourAgo = new Date(Date.now() - 3_600_000);
    const { work, readings, interrupted } = scene({ runningAt: anHourAgo, atNodeForMs: forMs });
    const turn = work.turn();
    readings[0]!.answer();
    await turn;
    expect(interrupted).toHaveLength(stops);
  },
);
