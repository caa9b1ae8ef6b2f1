import { describe, expect, it } from 'vitest';
import { place, type JobHead, type NodeView } from './place.js';

function node(fields: Partial<NodeView> & { id: string }): NodeView {
  return {
    slotsFree: 1,
    speedFactor: 1,
    gpuClass: 'gpu',
    runningRestMs: 0,
    resident: [],
    feasibleClassIds: new Set(['a', 'b']),
    weight: 1,
    failureProbability: 0,
    ...fields,
  };
}

function head(fields: Partial<JobHead> & { id: string }): JobHead {
  const classId = fields.classId ?? 'a';
  return {
    classId,
    effKey: 0,
    estimateMs: 60_000,
    models: [classId],
    loras: [],
    avoidNodeIds: [],
    ageMs: 60_000,
    tenantId: 't',
    ...fields,
  };
}

const nowMs = 5_000_000;

describe('place', () => {
  it('gives each job the node where it ends first, and each node one job', () => {
    const nodes = [node({ id: 'cold' }), node({ id: 'warm', resident: ['a'] })];
    const { placements, waiting } = place({
      nowMs,
      nodes,
      heads: [head({ id: '1' }), head({ id: '2', effKey: 1 }), head({ id: '3', effKey: 2 })],
    });
    expect(placements.map(({ jobId, nodeId }) => [jobId, nodeId])).toEqual([
      ['1', 'warm'],
      ['2', 'cold'],
    ]);
    expect(waiting).toMatchObject([{ jobId: '3', reason: { kind: 'all-busy' } }]);
  });

  it('uses a predicate as well as a set of classes, and tells when no node is able', () => {
    const nodes = [node({ id: 'n', feasibleClassIds: (classId) => classId === 'b' })];
    const { placements, waiting } = place({
      nowMs,
      nodes,
      heads: [head({ id: '1' }), head({ id: '2', classId: 'b' })],
    });
    expect(placements).toMatchObject([{ jobId: '2', nodeId: 'n' }]);
    expect(waiting).toMatchObject([{ jobId: '1', reason: { kind: 'no-feasible-node' } }]);
  });

  it('keeps a young job for a busy warm node and lets an old one go', () => {
    const nodes = [
      node({ id: 'cold' }),
      node({ id: 'warm', resident: ['a'], slotsFree: 0, runningRestMs: 3_000 }),
    ];
    const young = place({ nowMs, nodes, heads: [head({ id: '1', ageMs: 1_000 })], loadMs: { a: 60_000 } });
    expect(young.waiting).toMatchObject([{ reason: { kind: 'held', nodeId: 'warm', freeInMs: 3_000 } }]);
    const old = place({ nowMs, nodes, heads: [head({ id: '1', ageMs: 60_000 })], loadMs: { a: 60_000 } });
    expect(old.placements).toMatchObject([{ nodeId: 'cold', terms: { switchingS: 60 } }]);
  });

  it('hands the next job to a node whose run is about to end when it says a slot is free', () => {
    const nodes = [node({ id: 'n', runningRestMs: 2_000 })];
    const { placements } = place({ nowMs, nodes, heads: [head({ id: '1' })] });
    expect(placements).toMatchObject([{ nodeId: 'n', terms: { remainingS: 2 } }]);
  });

  it('respects avoid-lists, limits and nodes of weight 0', () => {
    const avoiding = place({
      nowMs,
      nodes: [node({ id: 'n' })],
      heads: [head({ id: '1', avoidNodeIds: ['n'] })],
    });
    expect(avoiding.waiting).toMatchObject([{ reason: { kind: 'failed-on-every-node' } }]);
    const limited = place({
      nowMs,
      nodes: [node({ id: 'n' })],
      heads: [head({ id: '1' })],
      tenants: { t: { active: 2, maxActive: 2 } },
    });
    expect(limited.waiting).toMatchObject([{ reason: { kind: 'tenant-limit', active: 2 } }]);
    const unwanted = place({ nowMs, nodes: [node({ id: 'n', weight: 0 })], heads: [head({ id: '1' })] });
    expect(unwanted.waiting).toMatchObject([{ reason: { kind: 'no-node-accepts' } }]);
  });
});
