/**
 * `npm run key -- --role admin`: makes a key and prints it, once. Of the database of DATABASE_URL, or the embedded one under
 * DATA_DIR, whether or not a service runs beside it: who can start the service needs no key to make one.
 */
import { randomBytes } from 'node:crypto';
import process from 'node:process';
import { parseArgs } from 'node:util';
import {
  defaultTenantId,
  keyOf,
  KeysStore,
  randomBytesOfKey,
  rights,
  roles,
} from '../../modules/access/index.js';
import { loadConfig } from '../../platform/config/index.js';
import { createPool, joinDatabase, migrate, PrismaService } from '../../platform/database/index.js';
import { createLogger } from '../../platform/logging/index.js';

const usage = `Usage: npm run key -- --role ${roles.join('|')} [--principal NAME] [--tenant ID] [--name TEXT] [--days N]
         [--right ${rights.join('|')}]... [--door NAME]... [--workflow NAME]... [--network CIDR]...
`;
const dayMs = 86_400_000;
const idPattern = /^[A-Za-z0-9][\w.:-]{0,62}$/;

try {
  process.stdout.write(`${await makeKey(process.argv.slice(2))}\n`);
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n\n${usage}`);
  process.exitCode = 1;
}

async function makeKey(args: string[]): Promise<string> {
  const order = orderOf(args);
  const log = createLogger({ level: 'warn' });
  const database = await joinDatabase(loadConfig(process.env), log);
  const pool = createPool({ url: database.url, poolSize: 2, log, applicationName: 'comfymux-key' });
  try {
    // The first key may come before the first start.
    await migrate(database.url);
    const key = keyOf(randomBytes(randomBytesOfKey));
    const made = await new KeysStore(new PrismaService(pool), pool).add(order.principal, key, order.settings);
    const { id, tenantId } = order.principal;
    if (made === 'of_another_tenant') throw new Error(`the principal "${id}" belongs to another tenant`);
    if (made === 'no_tenant')
      throw new Error(`there is no tenant "${tenantId}": make it first, at /v1/tenants or in the console`);
    return key.text;
  } finally {
    await pool.end();
    await database.stop();
  }
}

function orderOf(args: string[]) {
  const list = { type: 'string', multiple: true } as const;
  const one = { type: 'string' } as const;
  const { values } = parseArgs({
    args,
    options: {
      role: one,
      principal: one,
      tenant: one,
      name: one,
      days: one,
      right: list,
      door: list,
      workflow: list,
      network: list,
    },
  });
  const role = roles.find((each) => each === values.role);
  if (!role) throw new Error(`--role must be one of ${roles.join(', ')}`);
  const { right = [], door = null, workflow = null, network = null } = values;
  const id = values.principal ?? role;
  const tenantId = values.tenant ?? defaultTenantId;
  for (const text of [id, tenantId]) if (!idPattern.test(text)) throw new Error(`"${text}" is no name`);
  const name = values.name ?? id;
  return {
    principal: { id, tenantId, name },
    settings: {
      name,
      role,
      rights: right.map(rightOf),
      scopes: { doors: door, workflows: workflow, networks: network },
      createdBy: 'npm run key',
      expiresAt: values.days === undefined ? null : inDays(Number(values.days)),
    },
  };
}

function rightOf(text: string) {
  const found = rights.find((each) => each === text);
  if (!found) throw new Error(`--right must be one of ${rights.join(', ')}`);
  return found;
}

function inDays(days: number): Date {
  if (!(days > 0 && days < 36_500)) throw new Error('--days must be a number of days');
  return new Date(Date.now() + days * dayMs);
}
