import { Resolver } from 'node:dns/promises';
import { pino } from 'pino';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type NameServer, startNameServer } from '../../../../test/support/name-server.js';
import { eventually } from '../../../../test/support/poll.js';
import { SystemClock } from '../../../platform/clock/index.js';
import { DnsSource } from './dns-source.js';

const base = { protocol: 'http:', username: '', password: '' };

async function follow(host: string, zones: NameServer['zones'], port?: number) {
  const server = await startNameServer(zones);
  const resolver = new Resolver({ timeout: 100, tries: 1 });
  resolver.setServers([server.address]);
  let changes = 0;
  const target = { ...base, host, ...(port !== undefined && { port }) };
  const source = new DnsSource(target, resolver, 20, {
    clock: new SystemClock(),
    log: pino({ level: 'silent' }),
    changed: () => (changes += 1),
  });
  source.start();
  onTestFinished(async () => {
    await source.stop();
    await server.stop();
  });
  const urls = () => source.report.sighting?.nodes.map(({ url }) => url);
  return {
    server,
    source,
    urls,
    changes: () => changes,
    expectNodes: async (expected: string[]) =>
      eventually(() => JSON.stringify(urls()) === JSON.stringify(expected), { what: expected.join() }),
  };
}

describe('the nodes behind a name', () => {
  it('come and go with its addresses', async () => {
    const { server, expectNodes, source } = await follow(
      'comfy.test',
      { 'comfy.test': { A: ['10.0.0.1'] } },
      8188,
    );
    await expectNodes(['http://10.0.0.1:8188']);
    expect(source).toMatchObject({ name: 'dns:comfy.test:8188', report: { isFresh: true } });
    server.zones['comfy.test'] = { A: ['10.0.0.2', '10.0.0.1'] };
    await expectNodes(['http://10.0.0.1:8188', 'http://10.0.0.2:8188']);
    server.zones['comfy.test'] = { A: ['10.0.0.2'] };
    await expectNodes(['http://10.0.0.2:8188']);
  });

  it('are those of one family: a host with both is one node', async () => {
    const both = { A: ['10.0.0.1'], AAAA: ['fd00::1'] };
    const { server, expectNodes } = await follow('comfy.test', { 'comfy.test': both }, 8188);
    await expectNodes(['http://10.0.0.1:8188']);
    server.zones['comfy.test'] = { AAAA: ['fd00::1'] };
    await expectNodes(['http://[fd00::1]:8188']);
  });

  it('are the targets of an SRV record, each with its own port', async () => {
    const zones = {
      '_comfyui._tcp.test': {
        SRV: [
          { target: 'gpu-0.test', port: 8188 },
          { target: 'gpu-1.test', port: 8288 },
        ],
      },
    };
    const { expectNodes, source } = await follow('_comfyui._tcp.test', zones);
    await expectNodes(['http://gpu-0.test:8188', 'http://gpu-1.test:8288']);
    expect(source.name).toBe('dns:_comfyui._tcp.test');
  });

  it.each([
    ['fails', 'broken'],
    ['gets no answer', 'silent'],
    ['finds no such name', undefined],
  ] as const)(
    'stay when a look-up %s, and nothing is said of them expectNodes one succeeds',
    async (_how, zone) => {
      const { server, expectNodes, urls, source, changes } = await follow(
        'comfy.test',
        { 'comfy.test': { A: ['10.0.0.1'] } },
        8188,
      );
      await expectNodes(['http://10.0.0.1:8188']);
      if (zone === undefined) delete server.zones['comfy.test'];
      else server.zones['comfy.test'] = zone;
      await eventually(() => source.report.failure !== undefined);
      expect(source.report.isFresh).toBe(false);
      expect(urls()).toEqual(['http://10.0.0.1:8188']);
      const before = changes();
      server.zones['comfy.test'] = { A: ['10.0.0.1'] };
      await eventually(() => source.report.isFresh);
      expect([urls(), changes()]).toEqual([['http://10.0.0.1:8188'], before + 1]);
    },
  );
});
