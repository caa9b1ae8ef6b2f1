import { expect, test } from 'vitest';
import { Placements } from './placements.js';

const node = {};

test('of simultaneous requests one sends, and all get its answer', async () => {
  const placements = new Placements();
  let sent = 0;
  const send = async () => {
    sent += 1;
    return 'comfymux/a.png';
  };
  const answers = [placements.once(node, 'a', send), placements.once(node, 'a', send)];
  expect(await Promise.all(answers)).toEqual(['comfymux/a.png', 'comfymux/a.png']);
  expect(await placements.once(node, 'a', send)).toBe('comfymux/a.png');
  expect(sent).toBe(1);
});

test('a failed transfer is tried again', async () => {
  const placements = new Placements();
  await expect(placements.once(node, 'a', () => Promise.reject(new Error('broken')))).rejects.toThrow(
    'broken',
  );
  expect(await placements.once(node, 'a', async () => 'x')).toBe('x');
});

test('a file is sent to each node, and again to a node whose files are forgotten', async () => {
  const placements = new Placements();
  const sent: object[] = [];
  const place = (to: object) => placements.once(to, 'a', async () => String(sent.push(to)));
  const other = {};
  await place(node);
  await place(other);
  placements.forget(node);
  await place(node);
  await place(other);
  expect(sent).toEqual([node, other, node]);
});
