/** Prisma's schema engine without its downloaded program: the WebAssembly build from npm, on a pool of ours. */
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { PrismaPg } from '@prisma/adapter-pg';
import { bindMigrationAwareSqlAdapterFactory } from '@prisma/driver-adapter-utils';
import * as runtime from '@prisma/schema-engine-wasm/schema_engine_bg';
import type { Pool } from 'pg';

/** Node has it; the types of Node 20 do not. */
declare const WebAssembly: {
  instantiate(
    bytes: Uint8Array,
    imports: object,
  ): Promise<{ instance: { exports: Record<string, unknown> } }>;
};

let loaded: Promise<void> | undefined;

/** Whoever owns the pool ends it. */
export async function openSchemaEngine(pool: Pool): Promise<runtime.SchemaEngine> {
  await (loaded ??= load());
  const adapter = bindMigrationAwareSqlAdapterFactory(new PrismaPg(pool));
  return runtime.SchemaEngine.new({ datamodels: undefined }, () => undefined, adapter);
}

async function load(): Promise<void> {
  const glue = createRequire(import.meta.url).resolve('@prisma/schema-engine-wasm/schema_engine_bg');
  const bytes = await readFile(join(dirname(glue), 'schema_engine_bg.wasm'));
  const { instance } = await WebAssembly.instantiate(bytes, { './schema_engine_bg.js': runtime });
  runtime.__wbg_set_wasm(instance.exports);
  (instance.exports['__wbindgen_start'] as () => void)();
}
