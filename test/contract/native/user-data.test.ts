import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { UserDataStore } from '../../../src/doors/native/user-data.store.js';
import { type NativeCluster, startNativeCluster } from './cluster.js';
import { NativeClient } from './native-client.js';

describe('what the web UI keeps', () => {
  let cluster: NativeCluster;

  beforeAll(async () => {
    cluster = await startNativeCluster([{ name: 'a' }]);
  });
  afterAll(async () => {
    await cluster.stop();
  });

  it('bounds what the web UI keeps for one place, and forgets what nobody uses', async () => {
    const page = await openPage();
    const big = Buffer.alloc(15 * 1024 * 1024, 'x');
    const put = async (name: string): Promise<number> =>
      (await page.get(`/userdata/${name}`, { method: 'POST', body: big })).status;
    const statuses: number[] = [];
    for (const name of ['a', 'b', 'c', 'd', 'e']) statuses.push(await put(name));
    expect(statuses).toEqual([200, 200, 200, 200, 413]);
    expect(await put('a')).toBe(200);
    expect((await page.get('/userdata/a?overwrite=false', { method: 'POST', body: 'x' })).status).toBe(409);
    const setting = (key: string) => page.post(`/settings/${key}`, JSON.stringify('y'.repeat(900_000)));
    const kept: number[] = [];
    for (const key of ['1', '2', '3', '4', '5']) kept.push((await setting(key)).status);
    expect(kept).toEqual([200, 200, 200, 200, 413]);
    const store = new UserDataStore(
      cluster.database.pool,
      { find: () => undefined },
      { count: () => undefined },
    );
    await cluster.database.pool.query(
      `UPDATE ui_owner SET used_at = now() - interval '500 days' WHERE place = (SELECT place FROM ui_file WHERE path = 'a' LIMIT 1)`,
    );
    expect(await store.forgetUnused(400)).toBe(1);
    expect(await page.json('/settings')).toEqual({});
    expect((await page.get('/userdata/a')).status).toBe(404);
    await page.close();
  });

  /** A browser that has just opened the page, at the address of all the others. */
  async function openPage(): Promise<NativeClient> {
    const page = new NativeClient(cluster.url, '127.0.0.4');
    const { headers } = await page.get('/', { headers: { accept: 'text/html' } });
    [page.cookie] = (headers.get('set-cookie') ?? '').split(';');
    expect(page.cookie).toMatch(/^comfymux_session=[0-9a-f]{32}\.[\w-]{43}$/);
    return page;
  }
});
