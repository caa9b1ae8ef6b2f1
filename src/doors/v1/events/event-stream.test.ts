import { describe, expect, it } from 'vitest';
import { change, type Audience, type Change } from './change.js';
import { Budget, EventStream } from './event-stream.js';
import { isFor, type Wanted } from './wanted.js';

const wanted: Wanted = {
  types: ['job', 'node'],
  states: null,
  workflows: null,
  tenants: null,
  nodes: null,
  jobs: null,
  contentOf: null,
};
const audience: Audience = { key: 'all', wanted, baseUrl: '', keyId: null };
const jobChange = (id: string, size = 10): Change =>
  change({ type: 'job', key: `job ${id}`, about: {} }, () => ({ id, text: 'x'.repeat(size) }));
const tell = (stream: EventStream, one: Change, placeMs: number): void =>
  stream.tell([one], Buffer.from(one.frame(audience)), placeMs);
const read = (stream: EventStream): string => String((stream.read() as Buffer | null) ?? '');

describe('a stream of events', () => {
  it('keeps what comes while the reader is told what he missed, and the newer wins', () => {
    const stream = new EventStream(audience, new Budget(1_000_000));
    tell(stream, jobChange('1', 5), 7);
    stream.begin([jobChange('1', 99), jobChange('2')], 'event: open\ndata: {}\n\n', 3);
    const text = read(stream);
    expect(text.match(/^event: .*/gm)).toEqual(['event: open', 'event: job', 'event: job']);
    expect(text).not.toContain('x'.repeat(99));
    expect(text).toMatch(/id: 7\n\n$/);
  });

  it('tells a slow reader the newest of each alone', () => {
    const budget = new Budget(1_000_000);
    const stream = new EventStream(audience, budget);
    stream.begin([], '', 1);
    tell(stream, jobChange('1', 70_000), 2);
    for (let at = 3; at < 1000; at += 1) tell(stream, jobChange(String(at % 2), at), at);
    const rest = read(stream) + read(stream);
    expect(rest.match(/^event: job/gm)).toHaveLength(3);
    expect(rest).toContain(`"${'x'.repeat(999)}"`);
    expect(rest).toMatch(/id: 999\n\n$/);
    expect(budget.take(1_000_000)).toBe(true);
  });

  it('tells a reader who lost something to read anew, and holds no more than its bound', () => {
    const budget = new Budget(1_000_000);
    const stream = new EventStream(audience, budget);
    stream.begin([], '', 1);
    tell(stream, jobChange('big', 70_000), 2);
    for (let at = 0; at < 100; at += 1) tell(stream, jobChange(`job${at}`, 10_000), at);
    const rest = read(stream) + read(stream);
    expect(rest).toContain('event: reset\ndata: {"types":["job","node"]');
    expect(rest.length).toBeLessThan(300_000);
  });

  it('shares what all streams may keep, and gives it back when it closes', async () => {
    const budget = new Budget(15_000);
    const streams = [1, 2].map(() => new EventStream(audience, budget));
    for (const stream of streams) tell(stream, jobChange('1', 10_000), 1);
    for (const stream of streams) stream.begin([], '', 1);
    expect(streams.map((stream) => read(stream).includes('event: reset'))).toEqual([false, true]);
    for (const stream of streams) stream.destroy();
    expect(budget.take(15_000)).toBe(true);
  });
});

describe('a filter', () => {
  const job = {
    id: '1',
    tenant: 't',
    workflow: null,
    states: ['active', 'queued'],
    nodes: ['a', null],
  } as const;
  const holds = (filter: Partial<Wanted>, about = { job }): boolean =>
    isFor({ type: 'job', about }, { ...wanted, ...filter });

  it('lets through what fits all of it', () => {
    expect(holds({})).toBe(true);
    expect(holds({ types: ['node'] })).toBe(false);
    expect(holds({ tenants: ['t'], nodes: ['a'] })).toBe(true);
    expect(holds({ tenants: ['t'], nodes: ['b'] })).toBe(false);
    expect(holds({ workflows: ['w'] })).toBe(false);
  });

  it('shows previews to those alone who may see what is made', () => {
    const preview = { type: 'preview', about: { job } } as const;
    const types = ['preview'] as const;
    expect(isFor(preview, { ...wanted, types })).toBe(true);
    expect(isFor(preview, { ...wanted, types, contentOf: ['t'] })).toBe(true);
    expect(isFor(preview, { ...wanted, types, contentOf: ['other'] })).toBe(false);
  });

  it('tells whoever saw a job come that it goes, and also when nobody knows', () => {
    expect(holds({ states: ['queued'] })).toBe(true);
    expect(holds({ states: ['failed'] })).toBe(false);
    expect(
      isFor(
        { type: 'job', about: { job: { ...job, states: ['active', undefined] } } },
        { ...wanted, states: ['failed'] },
      ),
    ).toBe(true);
  });
});
