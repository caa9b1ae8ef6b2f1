import { queryOptions } from '@tanstack/react-query';
import { ask } from './ask';
import type { Role } from './me';

export interface ApiKey {
  /** The public part. */
  id: string;
  principal: string;
  tenant: string;
  name: string;
  role: Role;
  expires_at: string | null;
  used_at: string | null;
  revoked_at: string | null;
}

export interface MadeKey extends ApiKey {
  /** The key itself, told once. */
  key: string;
}

export const keysQuery = queryOptions({
  queryKey: ['keys'],
  queryFn: async ({ signal }) => (await ask<{ keys: ApiKey[] }>('/v1/keys', { signal })).keys,
  refetchInterval: 30_000,
});
