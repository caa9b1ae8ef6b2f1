import { expect, it } from 'vitest';
import { afterAnswer, type KnownAddresses, nodesAt } from './resolved-names.js';

const base = { protocol: 'http:', username: '', password: '' };
const hosts = (known: KnownAddresses) => [...known.keys()];
const answer = (...names: string[]) => names.map((host) => ({ host, port: 8188 }));

it('an address that several answers in a row leave out is gone, and one that comes back starts anew', () => {
  let known = afterAnswer(new Map(), answer('10.0.0.1', '10.0.0.2'));
  known = afterAnswer(known, answer('10.0.0.1'));
  known = afterAnswer(known, answer('10.0.0.1'));
  expect(hosts(known)).toEqual(['10.0.0.1:8188', '10.0.0.2:8188']);
  known = afterAnswer(known, answer('10.0.0.1', '10.0.0.2'));
  known = afterAnswer(known, answer('10.0.0.1'));
  known = afterAnswer(known, answer('10.0.0.1'));
  expect(hosts(known)).toHaveLength(2);
  expect(hosts(afterAnswer(known, answer('10.0.0.1')))).toEqual(['10.0.0.1:8188']);
});

it('rotating answers of a long list lose nobody', () => {
  const all = Array.from({ length: 20 }, (_, at) => `10.0.0.${at + 10}`);
  let known: KnownAddresses = new Map();
  for (let turn = 0; turn < 12; turn += 1)
    known = afterAnswer(
      known,
      answer(...Array.from({ length: 8 }, (_, at) => all[(turn * 8 + at) % 20] ?? '')),
    );
  expect(hosts(known)).toHaveLength(20);
});

it('nodes are named by address and port and have the scheme and credentials of their name', () => {
  const known = afterAnswer(new Map(), [
    { host: '10.0.0.1', port: 8188 },
    { host: 'fd00::1', port: 80 },
  ]);
  expect(nodesAt(known, base).map(({ id, url }) => [id, url])).toEqual([
    ['10.0.0.1:8188', 'http://10.0.0.1:8188'],
    ['fd00::1:80', 'http://[fd00::1]'],
  ]);
  expect(nodesAt(known, { protocol: 'https:', username: 'u', password: 'p' })[0]?.url).toBe(
    'https://u:p@10.0.0.1:8188',
  );
});
