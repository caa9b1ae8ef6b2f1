/** What stands where there is nothing yet, nothing at all, or an error. */
import type { UseQueryResult } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { ApiError, isConnectionLost } from '../api/ask';
import { Button } from './parts';

/** `isPage`: nothing else is on the page, which has no other head. */
export function Empty({
  title,
  isPage = false,
  children,
}: {
  title: string;
  isPage?: boolean;
  children?: ReactNode;
}) {
  const Title = isPage ? 'h1' : 'p';
  return (
    <div className="flex flex-col items-center gap-2 rounded-xl border border-dashed border-line px-4 py-10 text-center">
      <Title className="font-medium">{title}</Title>
      {children !== undefined && <div className="max-w-prose text-sm text-soft">{children}</div>}
    </div>
  );
}

export function Loading({ lines = 4 }: { lines?: number }) {
  return (
    <div role="status" aria-label="Loading" className="animate-pulse space-y-3">
      {Array.from({ length: lines }, (_, line) => (
        <div key={line} className="h-10 rounded-lg bg-sunk" />
      ))}
    </div>
  );
}

export function ErrorBox({ error, again }: { error: unknown; again?: (() => void) | undefined }) {
  return (
    <div role="alert" className="rounded-xl bg-bad-bg px-4 py-3 text-sm text-bad">
      <p className="font-medium">{wordsOf(error)}</p>
      {error instanceof ApiError && error.places.length > 0 && (
        <ul className="mt-1 list-disc pl-5">
          {error.places.map((place) => (
            <li key={place}>{place}</li>
          ))}
        </ul>
      )}
      {again && (
        <Button className="mt-2" onClick={again}>
          Try again
        </Button>
      )}
    </div>
  );
}

export const wordsOf = (error: unknown): string => {
  if (isConnectionLost(error) && !(error instanceof ApiError)) return 'The service does not answer.';
  return error instanceof Error ? error.message : String(error);
};

/** Old data stays on the page while new is not to be had; the banner of the page says that it is old. */
export function Loaded<Data>({
  query,
  lines,
  children,
}: {
  query: UseQueryResult<Data>;
  lines?: number;
  children: (data: Data) => ReactNode;
}) {
  if (query.data !== undefined) return children(query.data);
  if (query.isError) return <ErrorBox error={query.error} again={() => void query.refetch()} />;
  return <Loading lines={lines ?? 4} />;
}
