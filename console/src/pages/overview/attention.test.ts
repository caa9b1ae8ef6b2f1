import { describe, expect, it } from 'vitest';
import type { ComfyNode, Job } from '../../api/shapes';
import { mattersOf, type Seen } from './attention';

const nowMs = Date.parse('2026-01-01T12:00:00Z');
const node = (id: string, more: Partial<ComfyNode> = {}): ComfyNode => ({
  id,
  url: 'http://gpu',
  source: 'env',
  state: 'ready',
  admin: 'active',
  leaving: false,
  flags: [],
  breaker: 'closed',
  accepts_work: true,
  reason: null,
  weight: 1,
  labels: {},
  version: null,
  devices: [],
  inventory_hash: null,
  last_seen_at: null,
  ...more,
});
const job = (id: string, more: Partial<Job>): Job => ({
  id,
  state: 'failed',
  progress: null,
  tenant: 'default',
  workflow: null,
  priority: 0,
  labels: null,
  node_id: null,
  attempts: 1,
  cancel_requested: false,
  trace_id: null,
  created_at: '2026-01-01T11:00:00Z',
  started_at: null,
  finished_at: '2026-01-01T11:50:00Z',
  waiting_for: null,
  queue_position: null,
  eta: null,
  error: null,
  outputs: [],
  ...more,
});
const matters = (seen: Partial<Seen>) =>
  mattersOf({ nowMs, nodes: [node('a')], readiness: undefined, queued: [], failures: [], ...seen });

describe('what needs attention', () => {
  it('is nothing while all is well', () => expect(matters({})).toEqual([]));

  it('is the lack of any node, before all else', () =>
    expect(matters({ nodes: [] })).toMatchObject([{ level: 'bad', help: { kind: 'add-node' } }]));

  it('tells each trouble of a node with its reason and the button that helps, the worst first', () => {
    const nodes = [
      node('drained', { admin: 'drained' }),
      node('broken', { breaker: 'open', reason: 'three runs failed' }),
      node('away', { state: 'down', reason: 'connection refused' }),
    ];
    expect(matters({ nodes })).toMatchObject([
      { level: 'bad', what: 'away does not answer.', cause: 'connection refused' },
      { level: 'warn', cause: 'three runs failed', help: { kind: 'drain', node: 'broken' } },
      { level: 'info', help: { kind: 'undrain', node: 'drained' } },
    ]);
  });

  it('names the worst of many', () => {
    const nodes = [
      ...Array.from({ length: 6 }, (_, at) => node(`n${at}`, { breaker: 'open' })),
      node('z', { state: 'down' }),
    ];
    expect(matters({ nodes })).toMatchObject([
      { level: 'bad', what: 'z does not answer.' },
      ...Array.from({ length: 4 }, () => ({ level: 'warn' })),
      { level: 'warn', what: '2 more nodes with something to see.' },
    ]);
  });

  it('does not list a thousand nodes one by one', () => {
    const nodes = Array.from({ length: 1000 }, (_, at) => node(`n${at}`, { state: 'down' }));
    const told = matters({ nodes });
    expect(told.length).toBe(6);
    expect(told.at(-1)?.what).toBe('995 more nodes with something to see.');
  });

  it('names what the nearest node lacks for a workflow that cannot run', () => {
    const missing = (names: string[]) => ({ classes: names, models: [], loras: [], choices: [], inputs: [] });
    const readiness = {
      ready: false,
      workflows: [
        {
          name: 'wan',
          ready: false,
          able_nodes: 0,
          ignored: [],
        },
      ],
      groups: [
        { id: 'far', classes: ['A', 'B'] },
        { id: 'near', classes: ['A'] },
      ].map(({ id, classes }) => ({
        nodes: [{ id, accepts_work: true }],
        workflows: [{ name: 'wan', ready: false, missing: missing(classes) }],
      })),
      other_nodes: 0,
    };
    expect(matters({ readiness })[0]?.cause).toBe('near is nearest and lacks A.');
  });

  it('tells failures of the last hour by their commonest cause', () => {
    const cause = (jobs: number, message: string) => ({
      code: 'x',
      workflow: 'wan',
      node_id: 'a',
      jobs,
      last_job_id: message,
      last_message: message,
      last_at: '2026-01-01T11:59:00Z',
    });
    expect(matters({ failures: [cause(1, 'other'), cause(2, 'out of memory')] })).toMatchObject([
      {
        what: '3 jobs failed in the last hour.',
        cause: 'Most often (2, wan on a): out of memory',
        help: { kind: 'failures', job: 'out of memory' },
      },
    ]);
  });

  it('tells the longest wait once it is long, with its reason', () => {
    const waits = (createdAt: string) =>
      matters({
        queued: [job('q', { state: 'queued', created_at: createdAt, waiting_for: 'all are busy' })],
      });
    expect(waits('2026-01-01T11:55:00Z')).toEqual([]);
    expect(waits('2026-01-01T11:00:00Z')).toMatchObject([
      { cause: 'all are busy', help: { kind: 'job', job: 'q' } },
    ]);
  });
});
