/** Whether the service answers. One word for the whole page: what it shows is as old as the last answer. */
import { QueryCache, QueryClient } from '@tanstack/react-query';
import { useSyncExternalStore } from 'react';
import { ApiError, isConnectionLost, read } from './ask';

export interface Connection {
  lost: boolean;
  /** The service wants a key that this browser does not show. */
  shutOut: boolean;
  /** When the last answer came. */
  heardAtMs: number;
}

const tryAgainMs = 2000;
let connection: Connection = { lost: false, shutOut: false, heardAtMs: Date.now() };
const listeners = new Set<() => void>();

function become(next: Connection): void {
  const told = next.lost !== connection.lost || next.shutOut !== connection.shutOut;
  connection = next;
  if (told) for (const listener of listeners) listener();
}

function heard(): void {
  become({ lost: false, shutOut: false, heardAtMs: Date.now() });
}

/** Asks until somebody answers, then reads everything on the page anew. */
function lose(): void {
  if (connection.lost) return;
  become({ ...connection, lost: true });
  const tryAgain = (): void => {
    read('/v1/version').then(
      async () => {
        heard();
        return queryClient.invalidateQueries();
      },
      () => setTimeout(tryAgain, tryAgainMs),
    );
  };
  setTimeout(tryAgain, tryAgainMs);
}

export const queryClient: QueryClient = new QueryClient({
  queryCache: new QueryCache({
    onSuccess: heard,
    onError: (error) => {
      if (isConnectionLost(error)) lose();
      else if (error instanceof ApiError && error.status === 401) become({ ...connection, shutOut: true });
    },
  }),
  defaultOptions: {
    queries: { retry: false, staleTime: 2000, refetchIntervalInBackground: false, networkMode: 'always' },
    mutations: { networkMode: 'always' },
  },
});

/** Asks something, so that a lost connection is known at once. */
export function checkConnection(): void {
  void queryClient.invalidateQueries({ queryKey: ['me'] });
}
window.addEventListener('offline', checkConnection);

export const useConnection = (): Connection =>
  useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => connection,
  );
