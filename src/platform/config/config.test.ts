import { describe, expect, it } from 'vitest';
import { ConfigError, loadConfig, printableConfig } from './index.js';

describe('the configuration', () => {
  it('needs no variable', () => {
    expect(loadConfig({})).toMatchObject({
      PORT: 5014,
      NATIVE_PORT: 8188,
      HOST: '0.0.0.0',
      NODES: [],
      SIMULATE: true,
    });
  });

  it('takes an empty variable for absent', () => {
    const config = loadConfig({ PORT: '', DATABASE_URL: ' ', NODES: '' });
    expect(config.PORT).toBe(5014);
    expect(config.DATABASE_URL).toBeUndefined();
  });

  it('tells all mistakes at once, one a line, each by its variable', () => {
    expect(() =>
      loadConfig({ PORT: 'http', LOG_LEVEL: 'loud', NODE_POLL_INTERVAL_MS: '-1', NODES: 'gpu1' }),
    ).toThrow(
      new ConfigError([
        'PORT: Invalid input: expected number, received NaN (it is "http")',
        'NODES: "gpu1" is not a URL; it takes url or name=url',
        'LOG_LEVEL: Invalid option: expected one of "trace"|"debug"|"info"|"warn"|"error"|"fatal"|"silent" (it is "loud")',
        'NODE_POLL_INTERVAL_MS: Too small: expected number to be >=1 (it is "-1")',
      ]),
    );
  });

  it('refuses two ports that are one, and leases that end before their renewal', () => {
    expect(() => loadConfig({ PORT: '8188' })).toThrow('PORT and NATIVE_PORT are both 8188');
    expect(() => loadConfig({ LEASE_RENEW_INTERVAL_MS: '5000' })).toThrow(
      'LEASE_RENEW_INTERVAL_MS must be at most half',
    );
  });

  it('refuses presigned downloads where files are on a disk', () => {
    const wish = { STORAGE_PRESIGNED_DOWNLOADS: 'on' };
    expect(() => loadConfig(wish)).toThrow('STORAGE_PRESIGNED_DOWNLOADS needs a STORAGE_URL');
    expect(loadConfig({ ...wish, STORAGE_URL: 's3://bucket' }).STORAGE_PRESIGNED_DOWNLOADS).toBe('on');
  });

  it('refuses a login that nobody could vouch for, and never shows its secret', () => {
    const wish = { OIDC_CLIENT_ID: 'mux', OIDC_CLIENT_SECRET: 'hush-hush' };
    expect(() => loadConfig(wish)).toThrow('OIDC_CLIENT_ID needs an OIDC_ISSUER');
    expect(() => loadConfig({ ...wish, OIDC_CLIENT_ID: '' })).toThrow(
      'OIDC_CLIENT_SECRET needs an OIDC_CLIENT_ID',
    );
    const issuer = { OIDC_ISSUER: 'https://login.example' };
    expect(() => loadConfig({ ...issuer, OIDC_SCOPES: 'profile' })).toThrow('must begin with openid');
    const config = loadConfig({ ...issuer, ...wish });
    expect(config.OIDC_CLIENT_SECRET).toBe('hush-hush');
    expect(JSON.stringify(printableConfig(config))).not.toContain('hush');
  });

  it('takes the credits of three priorities, and refuses what would turn them round', () => {
    expect(loadConfig({ SCHEDULING_CREDITS_S: '0, 60,120.5' }).SCHEDULING_CREDITS_S).toEqual([0, 60, 120.5]);
    for (const text of ['300,1800', '300,1800,14400,1', '300,200,400', '-1,0,1', '1,2,x', '1,2,1e9'])
      expect(() => loadConfig({ SCHEDULING_CREDITS_S: text }), text).toThrow('must be three numbers');
  });

  it('repeats no credential in a mistake', () => {
    for (const env of [{ NODES: 'ftp://user:secret@gpu1' }, { DATABASE_URL: 'mysql://user:secret@host' }]) {
      expect(() => loadConfig(env)).toThrow(
        expect.not.objectContaining({ message: expect.stringContaining('secret') }),
      );
    }
  });

  it('makes paths absolute and keeps results under DATA_DIR', () => {
    const config = loadConfig({ DATA_DIR: '/srv/mux' });
    expect(config.STORAGE_URL).toBe('file:///srv/mux/storage');
    expect(loadConfig({}).WORKFLOWS_DIR).toMatch(/^\/.*\/workflows$/);
  });

  describe('NODES', () => {
    const nodes = (text: string) => loadConfig({ NODES: text }).NODES;

    it('takes URLs with and without names', () => {
      expect(nodes('http://gpu1:8188/, big=https://gpu2.example/comfy , http://10.0.0.3')).toEqual([
        { name: 'gpu1:8188', url: 'http://gpu1:8188' },
        { name: 'big', url: 'https://gpu2.example/comfy' },
        { name: '10.0.0.3:80', url: 'http://10.0.0.3' },
      ]);
    });

    it('keeps userinfo for basic auth and prints it censored', () => {
      const config = loadConfig({
        NODES: 'a=http://user:se=cret@gpu1:8188',
        DATABASE_URL: 'postgres://u:p@h/d',
      });
      expect(config.NODES[0]?.url).toBe('http://user:se%3Dcret@gpu1:8188');
      expect(JSON.stringify(printableConfig(config))).toContain('a=http://user:***@gpu1:8188');
      expect(printableConfig(config)['DATABASE_URL']).toBe('postgres://u:***@h/d');
    });

    it('refuses two nodes of one name', () => {
      expect(() => nodes('a=http://x, a=http://y')).toThrow('two nodes are named "a"');
    });
  });

  it('takes names of nodes, with ports or as SRV records, and refuses what is neither', () => {
    const names = (text: string) => loadConfig({ NODES_DNS: text }).NODES_DNS;
    expect(names('comfy.example:8188, https://u:p@comfy.example:443, _comfyui._tcp.example')).toEqual([
      { protocol: 'http:', username: '', password: '', host: 'comfy.example', port: 8188 },
      { protocol: 'https:', username: 'u', password: 'p', host: 'comfy.example', port: 443 },
      { protocol: 'http:', username: '', password: '', host: '_comfyui._tcp.example' },
    ]);
    for (const text of ['comfy.example', 'comfy.example:8188/path', 'u:secret@comfy.example'])
      expect(() => names(text)).toThrow(/^(?!.*secret).*neither host:port nor the name of an SRV record/s);
    const printed = JSON.stringify(
      printableConfig(loadConfig({ NODES_DNS: 'http://u:hunter2@a.example:1' })),
    );
    expect(printed).not.toContain('hunter2');
  });

  it('takes Kubernetes services, and refuses them where there is no Kubernetes', () => {
    const env = { NODES_KUBERNETES: 'ai/comfyui:http,ai/other:8188', KUBERNETES_SERVICE_HOST: '10.0.0.1' };
    expect(loadConfig(env).NODES_KUBERNETES).toEqual([
      { namespace: 'ai', service: 'comfyui', port: 'http' },
      { namespace: 'ai', service: 'other', port: '8188' },
    ]);
    expect(() => loadConfig({ NODES_KUBERNETES: 'ai/comfyui:http' })).toThrow('needs a Kubernetes API');
    for (const entry of ['comfyui:http', 'ai/comfyui', 'ai/Comfy:1', '../comfyui:1'])
      expect(() => loadConfig({ ...env, NODES_KUBERNETES: entry })).toThrow('is not namespace/service:port');
  });

  it.each([
    [{}, true],
    [{ NODE_ENV: 'production' }, false],
    [{ NODES: 'http://gpu1' }, false],
    [{ NODES: 'http://gpu1', SIMULATE: 'on' }, true],
    [{ SIMULATE: 'off' }, false],
    [{ DISPATCH: 'off' }, false],
    [{ NODES_DNS: 'comfy.example:8188' }, false],
    [{ NODES_FILE: 'nodes.yaml' }, false],
    [{ NODES_KUBERNETES: 'ai/comfyui:http', KUBERNETES_SERVICE_HOST: '10.0.0.1' }, false],
  ])('with %j simulated nodes run: %s', (env, expected) => {
    expect(loadConfig(env).SIMULATE).toBe(expected);
  });
});
