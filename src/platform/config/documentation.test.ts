import { expect, it } from 'vitest';
import { configurationDocument } from './documentation.js';
import { environmentSchema } from './schema.js';

it('docs/configuration.md is what the schema says', async () => {
  await expect(configurationDocument()).toMatchFileSnapshot('../../../docs/configuration.md');
});

it('every variable has a sentence', () => {
  for (const [name, field] of Object.entries(environmentSchema.shape))
    expect(field.description, name).toMatch(/\.$/);
});
