import type { LookupAddress } from 'node:dns';
import { describe, expect, it } from 'vitest';
import { guardedLookup } from './guarded-lookup.js';
import { refusalOfTarget } from './target.js';

const nothing = { only: [], open: [] };

describe('a target that a caller chose', () => {
  it.each(['https://hooks.example/a?token=b', 'http://9.9.9.9:8080/', 'http://[2620:fe::fe]/x'])(
    'may be %s',
    (url) => expect(refusalOfTarget(url, nothing)).toBeNull(),
  );

  it.each([
    ['ftp://host/x', 'http'],
    ['file:///etc/passwd', 'http'],
    ['nothing', 'URL'],
    ['http://user:pass@host/', 'credentials'],
    ['http://169.254.169.254/latest/meta-data', 'link-local'],
    ['http://2852039166/', 'link-local'],
    ['http://[fe80::1]/', 'link-local'],
    ['http://[::ffff:169.254.169.254]/', 'link-local'],
    ['http://[fd00:ec2::254]/', 'link-local'],
  ])('may not be %s', (url, why) => expect(refusalOfTarget(url, nothing)).toContain(why));

  it.each([
    'http://127.0.0.1:5014/v1/nodes/sim-1/drain',
    'http://127.1/',
    'http://0x7f000001/',
    'http://[::1]/',
    'http://[::ffff:127.0.0.1]/',
    'http://0.0.0.0/',
    'http://[::]/',
    'http://10.0.0.7/',
    'http://172.16.3.4/',
    'http://192.168.1.1/',
    'http://100.100.100.200/',
    'http://192.0.0.192/',
    'http://168.63.129.16/',
    'http://[fc00::1]/',
    'http://[64:ff9b::a9fe:a9fe]/',
    'http://[2002:a9fe:a9fe::1]/',
    'http://[2001::1]/',
    'http://224.0.0.1/',
    'http://255.255.255.255/',
    'http://240.0.0.1/',
  ])('may not be %s, which is not public, until it is opened', (url) => {
    expect(refusalOfTarget(url, nothing)).toContain('OUTGOING_HOSTS');
    expect(refusalOfTarget(url, { only: [], open: ['0.0.0.0/0', '::/0'] })).toBeNull();
  });

  it('stays closed where link-local addresses are, whatever is opened', () => {
    for (const url of ['http://169.254.169.254/', 'http://[fe80::1]/'])
      expect(refusalOfTarget(url, { only: [], open: ['0.0.0.0/0', '::/0'] })).toContain('link-local');
  });

  it('is one of the listed hosts alone once there are some', () => {
    const rules = { only: ['hooks.example', '*.inner.example', 'box:9000'], open: [] };
    for (const url of ['https://hooks.example:444/x', 'http://a.inner.example/', 'http://box:9000/'])
      expect(refusalOfTarget(url, rules)).toBeNull();
    for (const url of [
      'http://other.example/',
      'http://inner.example/',
      'http://box/',
      'http://nothooks.example',
    ])
      expect(refusalOfTarget(url, rules)).toContain('WEBHOOK_HOSTS');
  });
});

describe('a name', () => {
  const addresses: LookupAddress[] = [
    { address: '10.0.0.1', family: 4 },
    { address: '9.9.9.9', family: 4 },
    { address: '169.254.169.254', family: 4 },
    { address: '::1', family: 6 },
  ];
  const found = async (open: string[], of = addresses): Promise<string[]> =>
    new Promise((resolve, reject) => {
      guardedLookup(open, (_name, _options, done) => done(null, of))(
        'hooks.example',
        { all: true },
        (error, all) =>
          error ? reject(error) : resolve((all as LookupAddress[]).map(({ address }) => address)),
      );
    });

  it('leads to its public addresses, and to others where its name or their network is opened', async () => {
    expect(await found([])).toEqual(['9.9.9.9']);
    expect(await found(['10.0.0.0/8'])).toEqual(['10.0.0.1', '9.9.9.9']);
    expect(await found(['hooks.example'])).toEqual(['10.0.0.1', '9.9.9.9', '::1']);
    expect(await found(['*.example'])).toEqual(['10.0.0.1', '9.9.9.9', '::1']);
  });

  it('leads nowhere when none is left', async () => {
    await expect(found([], [{ address: '127.0.0.1', family: 4 }])).rejects.toThrow('closed addresses');
  });
});
