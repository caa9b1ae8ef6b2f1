import { queryOptions } from '@tanstack/react-query';
import { read } from './ask';

export const keysQuery = queryOptions({
  queryKey: ['keys'],
  queryFn: async ({ signal }) => (await read('/v1/keys', { signal })).keys,
  refetchInterval: 30_000,
});

export const principalsQuery = queryOptions({
  queryKey: ['principals'],
  queryFn: async ({ signal }) => (await read('/v1/principals', { signal })).principals,
});
