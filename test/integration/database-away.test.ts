import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { once } from 'node:events';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createPool } from '../../src/platform/database/index.js';
import { refusalOf } from '../../src/doors/kit/index.js';
import { createLogger } from '../../src/platform/logging/index.js';
import { assetsStoreOn } from '../support/assets-store.js';
import { createDatabase, type TestDatabase } from '../support/database.js';

let database: TestDatabase;
let pool: ReturnType<typeof createPool>;
let link: Server;
const sockets = new Set<Socket>();

beforeEach(async () => {
  database = await createDatabase();
  const url = new URL(database.url);
  const { hostname: host, port } = url;
  link = createServer((near) => {
    const far = connect(Number(port), host);
    for (const socket of [near, far]) sockets.add(socket.on('error', () => undefined));
    near.pipe(far).pipe(near);
  });
  await once(link.listen(0, '127.0.0.1'), 'listening');
  url.host = `127.0.0.1:${(link.address() as AddressInfo).port}`;
  pool = createPool({ url: url.href, poolSize: 2, log: createLogger({ level: 'silent' }) });
});

afterEach(async () => {
  cutTheLink();
  await pool.end();
  await database.drop();
});

function cutTheLink(): void {
  link.close();
  for (const socket of sockets) socket.destroy();
  sockets.clear();
}

test('what fails because the database is away is a 503 to come back for, whoever asked it', async () => {
  const store = assetsStoreOn(pool);
  expect(await store.findUpload('default', 'a.png')).toBeNull();
  cutTheLink();
  const asset = { sha256: 'a', sizeBytes: 1, mime: 'image/png', blake3: null };
  const calls = [
    () => store.findUpload('default', 'a.png'),
    () => store.keepUpload(asset, null),
    () => store.deleteUnreferenced(new Date(), 1),
  ];
  for (const call of calls) {
    const error: unknown = await call().then(
      () => 'answered',
      (reason: unknown) => reason,
    );
    expect(refusalOf(error)).toMatchObject({
      status: 503,
      code: 'database_unavailable',
      retryAfterSeconds: 5,
    });
  }
});
