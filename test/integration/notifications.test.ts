import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { pino } from 'pino';
import { createPool, Notifications } from '../../src/platform/database/index.js';
import { createDatabase, type TestDatabase } from '../support/database.js';
import { eventually } from '../support/poll.js';

const log = pino({ level: 'silent' });

describe('notifications', () => {
  let database: TestDatabase;
  let pool: ReturnType<typeof createPool>;
  let notifications: Notifications;

  beforeEach(async () => {
    database = await createDatabase();
    pool = createPool({ url: database.url, poolSize: 2, log });
    notifications = new Notifications(pool, log);
    await notifications.start();
  });

  afterEach(async () => {
    await notifications.stop();
    await pool.end();
    await database.drop();
  });

  it('reach every handler of their channel, with their payload, once listen resolved', async () => {
    const heard: string[] = [];
    await notifications.listen('news', (payload) => heard.push(`a ${payload}`));
    await notifications.listen('news', (payload) => heard.push(`b ${payload}`));
    await notifications.listen('Other', () => heard.push('other'));
    await notifications.notify('news', 'one');
    await notifications.notify('Other');
    await eventually(() => heard.length === 3);
    expect(heard).toEqual(['a one', 'b one', 'other']);
  });

  it('do not reach a handler that ended its listening', async () => {
    const heard: string[] = [];
    const unlisten = await notifications.listen('news', () => heard.push('ended'));
    await notifications.listen('news', () => heard.push('listening'));
    unlisten();
    await notifications.notify('news');
    await eventually(() => heard.includes('listening'));
    expect(heard).not.toContain('ended');
  });

  it('are one per channel and window when coalesced', async () => {
    let heard = 0;
    await notifications.listen('sched', () => (heard += 1));
    for (let i = 0; i < 100; i += 1) notifications.notifyCoalesced('sched', 50);
    await eventually(() => heard === 1);
    notifications.notifyCoalesced('sched');
    await eventually(() => heard === 2);
  });

  it('are heard again after the connection was lost, and listeners learn that they may have missed some', async () => {
    const heard: string[] = [];
    let reconnected = 0;
    await notifications.listen('news', (payload) => heard.push(payload));
    notifications.onReconnect(() => (reconnected += 1));
    await database.pool.query(
      `select pg_terminate_backend(pid) from pg_stat_activity where query like 'listen%' and datname = current_database()`,
    );
    await eventually(() => reconnected === 1);
    await notifications.notify('news', 'after');
    await eventually(() => heard.includes('after'));
  });

  it('go on to the other handlers when one throws', async () => {
    let heard = 0;
    await notifications.listen('news', () => {
      throw new Error('broken handler');
    });
    await notifications.listen('news', () => (heard += 1));
    await notifications.notify('news');
    await eventually(() => heard === 1);
  });

  it('that were promised are sent before stop resolves', async () => {
    const other = new Notifications(pool, log);
    let heard = 0;
    await notifications.listen('last', () => (heard += 1));
    other.notifyCoalesced('last', 60_000);
    await other.stop();
    await eventually(() => heard === 1);
  });

  it('start although the database is unreachable, and stop while they try', async () => {
    const nowhere = createPool({ url: 'postgresql://nobody@127.0.0.1:1/none', poolSize: 1, log });
    const unconnected = new Notifications(nowhere, log);
    await unconnected.start();
    await unconnected.listen('news', () => undefined);
    await expect(unconnected.stop()).resolves.toBeUndefined();
    await nowhere.end();
  });
});
