import { describe, expect, it } from 'vitest';
import { oneMachine } from './one-machine.js';

const node = (nodeId: string, argv: string[] = ['main.py']) => ({
  nodeId,
  stats: { system: { argv, ram_total: 8, ram_free: 1 }, devices: [{ name: 'cuda:0', index: 0 }] },
});

describe('oneMachine', () => {
  it('tells the GPUs in the order of their nodes’ names, in whatever order these answered', () => {
    for (const ids of ['abc', 'cab', 'bca']) {
      const { devices } = oneMachine(
        ids.split('').map((id) => node(id)),
        undefined,
      );
      expect(devices.map(({ name, index }) => [name, index])).toEqual([
        ['a/cuda:0', 0],
        ['b/cuda:0', 1],
        ['c/cuda:0', 2],
      ]);
    }
  });

  it('tells the newest server’s arguments, by which the web UI knows its flags', () => {
    const newest = node('b', ['main.py', '--disable-api-nodes']);
    expect(oneMachine([node('a'), newest], newest.stats).system).toEqual({
      argv: ['main.py', '--disable-api-nodes'],
      ram_total: 16,
      ram_free: 2,
    });
  });

  it('is a machine also before and after answers that make no sense', () => {
    const { system, devices } = oneMachine([{ nodeId: 'a', stats: { system: 5, devices: 'x' } }], {
      system: [],
    });
    expect([system, devices]).toEqual([{ argv: ['main.py'], ram_total: 0, ram_free: 0 }, []]);
  });
});
