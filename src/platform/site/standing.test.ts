import { describe, expect, it } from 'vitest';
import { standingOf } from './standing.js';

const here = { systemIdentifier: '7300000000000000001', databaseOid: '16384' };
const record = { siteId: 'a', marked: true, ...here };

describe('standingOf', () => {
  it.each([
    ['a new database with a new storage', undefined, here, undefined, 'new'],
    ['a new database whose storage is away', undefined, here, null, 'new'],
    ['a new database on the files of another', undefined, here, 'b', 'strange'],
    ['a database where it was', record, here, 'a', 'ours'],
    ['a database where it was, while its storage is away', record, here, null, 'ours'],
    ['a database whose storage was not told yet', { ...record, marked: false }, here, undefined, 'unmarked'],
    ['a database adopted on files of another', { ...record, marked: false }, here, 'b', 'unmarked'],
    ['a database without its storage', record, here, undefined, 'strange'],
    ['a database with the storage of another', record, here, 'b', 'strange'],
    ['a dump in another database of the server', record, { ...here, databaseOid: '16385' }, 'a', 'strange'],
    ['a dump on another server', record, { ...here, systemIdentifier: '8' }, 'a', 'strange'],
    ['a server that tells less', record, { ...here, systemIdentifier: null }, 'a', 'ours'],
    ['a server that tells more', { ...record, systemIdentifier: null }, here, 'a', 'ours'],
  ] as const)('%s', (_what, known, place, mark, kind) => {
    expect(standingOf(known, place, mark).kind).toBe(kind);
  });
});
