import { describe, expect, it } from 'vitest';
import { Bench, classSpec, nodeSpec, queuedJob } from '../../../../test/scheduling/builders.js';
import { nextJobs } from './preload.js';

/** Runs of a minute on each of the nodes, then these jobs. */
function busy(nodes: string[], ...jobs: Parameters<typeof queuedJob>[0][]): Bench {
  const bench = new Bench().nodes(...nodes.map((id) => nodeSpec({ id }))).classes(classSpec({ id: 'a' }));
  for (const id of nodes) bench.queue(queuedJob({ id: `on ${id}`, classId: 'a', effKey: -1 }));
  for (const job of jobs) bench.queue(queuedJob(job));
  return bench;
}

const pairs = (bench: Bench, withinS = 600, nodesMax = 10) =>
  nextJobs(bench.state, withinS, nodesMax).map(({ nodeId, jobId }) => [nodeId, jobId]);

describe('the jobs that will probably run next', () => {
  it('go by their keys to the nodes that end first, each to one', () => {
    const bench = busy(
      ['n1', 'n2', 'n3'],
      { id: 'second', classId: 'a', effKey: 2 },
      { id: 'first', classId: 'a', effKey: 1 },
    );
    const found = pairs(bench);
    expect(found.map(([, jobId]) => jobId)).toEqual(['first', 'second']);
    expect(new Set(found.map(([nodeId]) => nodeId)).size).toBe(2);
  });

  it('are looked for only on nodes whose run ends soon enough, and on so many of them', () => {
    const bench = busy(['n1', 'n2'], { id: 'j', classId: 'a' }, { id: 'k', classId: 'a' });
    expect(pairs(bench, 30)).toEqual([]);
    expect(pairs(bench, 600, 1)).toHaveLength(1);
  });

  it('are none for a node that takes no more work, nor for jobs that failed there', () => {
    const bench = busy(['n1'], { id: 'j', classId: 'a', avoidNodeIds: ['n1'] });
    bench.nodes(nodeSpec({ id: 'n2' }));
    expect(pairs(bench)).toEqual([]);
    const draining = busy(['n1'], { id: 'j', classId: 'a' });
    draining.nodes(nodeSpec({ id: 'n1', accepts: false }));
    expect(pairs(draining)).toEqual([]);
  });
});
