/** The chart knows every variable of the service, so that it can refuse a misspelt one. */
import { expect, it } from 'vitest';
import { environmentSchema } from '../../src/platform/config/schema.js';

it('deploy/helm/comfymux/files/variables.txt names every variable', async () => {
  const names = Object.keys(environmentSchema.shape).toSorted((one, other) => (one < other ? -1 : 1));
  await expect(`${names.join('\n')}\n`).toMatchFileSnapshot('../../deploy/helm/comfymux/files/variables.txt');
});
