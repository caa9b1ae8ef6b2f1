import { argv, env, execPath } from 'node:process';
import { defineConfig } from 'prisma/config';

// `prisma generate` resolves the schema engine, which would download it, but never runs it: any existing file will do.
if (argv.includes('generate')) env['PRISMA_SCHEMA_ENGINE_BINARY'] ??= execPath;

export default defineConfig({
  schema: 'prisma/schema.prisma',
  migrations: { path: 'prisma/migrations' },
  datasource: { url: env['DATABASE_URL'] ?? '' },
});
