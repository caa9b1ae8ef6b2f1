import { expect, it } from 'vitest';
import { faultMeaning } from '../../../platform/fault.js';
import { errorsDocument } from './errors-document.js';

it('docs/errors.md is what the codes say', async () => {
  await expect(errorsDocument()).toMatchFileSnapshot('../../../../docs/errors.md');
});

it('every code has a sentence', () => {
  for (const [code, meaning] of Object.entries(faultMeaning)) expect(meaning, code).toMatch(/\.$/);
});
