import { createRequire } from 'node:module';

/** Of package.json, two folders up from the built file and from its source alike. */
export const packageVersion = (createRequire(import.meta.url)('../../package.json') as { version: string })
  .version;
