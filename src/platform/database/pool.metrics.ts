import type { Pool, PoolClient } from 'pg';
import { Gauge, Histogram, type Registry } from 'prom-client';

/** Use, saturation and latency of the pool. */
export function observePool(pool: Pool, registry: Registry): void {
  const registers = [registry];
  const gauge = (name: string, help: string, value: () => number): Gauge =>
    new Gauge({
      name: `comfymux_database_${name}`,
      help,
      registers,
      collect() {
        this.set(value());
      },
    });
  gauge('connections_max', 'Connections this process may open.', () => pool.options.max);
  gauge('connections', 'Connections that are open, idle ones included.', () => pool.totalCount);
  gauge('connections_idle', 'Open connections that nobody uses.', () => pool.idleCount);
  gauge(
    'waiting',
    'Statements that wait for a connection: more than 0 for long is too small a pool.',
    () => pool.waitingCount,
  );
  observeUse(pool, registry);
}

function observeUse(pool: Pool, registry: Registry): void {
  const seconds = new Histogram({
    name: 'comfymux_database_use_seconds',
    help: 'How long a connection was taken from the pool: one statement, or one transaction.',
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.1, 0.5, 2, 5, 15],
    registers: [registry],
  });
  const takenAtMs = new WeakMap<PoolClient, number>();
  pool.on('acquire', (client) => takenAtMs.set(client, performance.now()));
  pool.on('release', (_error, client) => {
    const beganMs = takenAtMs.get(client);
    if (beganMs !== undefined) seconds.observe((performance.now() - beganMs) / 1000);
  });
}
