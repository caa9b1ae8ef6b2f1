import { expect, it } from 'vitest';
import { nameOperationsApart } from './operation-names.js';

it('gives each operation a name of its own, and leaves those that have one', () => {
  const document = nameOperationsApart({
    paths: {
      '/v1/keys': { get: { operationId: 'list' }, post: { operationId: 'makeKey' } },
      '/v1/tenants': { get: { operationId: 'list' } },
      '/v1/tenants/{id}': { get: { operationId: 'list' }, delete: {} },
      '/v1-tenants': { get: { operationId: 'list' } },
    },
  });
  const names = Object.values(document.paths).flatMap((operations) =>
    Object.values(operations).map((operation: { operationId?: string }) => operation.operationId),
  );
  expect(names).toEqual(['list', 'makeKey', 'listV1Tenants', 'listV1TenantsId', 'delete', 'listV1Tenants2']);
});
