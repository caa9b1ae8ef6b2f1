import { expect, it } from 'vitest';
import { Remembered } from './remembered.js';

const away = Object.assign(new Error('the database is away'), { code: 'ECONNREFUSED' });

it('is read once for all who ask at once, and anew once it was forgotten, a reading under way too', async () => {
  const readings: ((record: string) => void)[] = [];
  const remembered = new Remembered<string>(
    async () => new Promise((resolve) => readings.push(resolve)),
    10_000,
  );
  const [one, other] = [remembered.of('a'), remembered.of('a')];
  remembered.forget('a');
  const later = remembered.of('a');
  readings[0]?.('before');
  readings[1]?.('after');
  expect([(await one).record, (await other).record, (await later).record]).toEqual([
    'before',
    'before',
    'after',
  ]);
  expect((await remembered.of('a')).record).toBe('after');
  expect(readings).toHaveLength(2);
});

it('goes on with what was read while the database is away, and rejects for what was not and for other errors', async () => {
  let error: Error | undefined;
  const find = async (): Promise<string> => {
    if (error) throw error;
    return 'known';
  };
  const remembered = new Remembered(find, 0);
  await remembered.of('seen');
  error = away;
  expect((await remembered.of('seen')).record).toBe('known');
  await expect(remembered.of('unseen')).rejects.toBe(away);
  error = new Error('of the statement');
  await expect(remembered.of('seen')).rejects.toBe(error);
});
