import { describe, expect, it } from 'vitest';
import { Gathered, readinessMayDiffer } from './gathered';
import type { ComfyNode, Job } from './shapes';

const job = (id: string, more: Partial<Job> = {}): Job =>
  ({ id, state: 'active', progress: 0, ...more }) as Job;
const node = (id: string, more: Partial<ComfyNode> = {}): ComfyNode =>
  ({ id, inventory_hash: 'a', accepts_work: true, ...more }) as ComfyNode;

describe('what a stream told', () => {
  it('is the newest of each, and is told once', () => {
    const gathered = new Gathered();
    for (let at = 0; at <= 100; at += 1) gathered.progress({ job_id: 'j', progress: at });
    gathered.node(node('n'));
    gathered.node(node('n', { accepts_work: false }));
    expect(gathered.take()).toEqual({
      jobs: new Map([['j', { progress: 100 }]]),
      nodes: new Map([['n', node('n', { accepts_work: false })]]),
    });
    expect(gathered.take()).toMatchObject({ jobs: { size: 0 }, nodes: { size: 0 } });
  });

  it('keeps a job whole whose progress came after it', () => {
    const gathered = new Gathered();
    gathered.job(job('j', { state: 'succeeded' }));
    gathered.progress({ job_id: 'j', progress: 100 });
    const { jobs } = gathered.take();
    expect(jobs.get('j')).toEqual(job('j', { state: 'succeeded', progress: 100 }));
  });

  it('asks anew what nodes can run when that may be otherwise, and not at each word of them', () => {
    expect(readinessMayDiffer(node('n'), undefined)).toBe(false);
    expect(readinessMayDiffer(node('n'), node('n', { last_seen_at: 'now' }))).toBe(false);
    expect(readinessMayDiffer(node('n'), node('n', { inventory_hash: 'b' }))).toBe(true);
    expect(readinessMayDiffer(node('n'), node('n', { accepts_work: false }))).toBe(true);
  });
});
