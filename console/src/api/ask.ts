/** One request to the service. Answers that are refusals become an `ApiError` in the service's own words. */

interface Problem {
  code?: string;
  title?: string;
  detail?: string;
  errors?: { pointer?: string; detail?: string }[];
}

export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly problem: Problem,
  ) {
    super(problem.detail ?? problem.title ?? `The service answered ${status}.`);
  }

  /** What is wrong with which part of what was sent. */
  get places(): string[] {
    return Array.isArray(this.problem.errors)
      ? this.problem.errors.map(({ pointer, detail }) => [pointer, detail].filter(Boolean).join(': '))
      : [];
  }
}

/** No answer at all, or one of a proxy that found nobody behind it. */
export const isConnectionLost = (error: unknown): boolean =>
  error instanceof ApiError ? [502, 503, 504].includes(error.status) : error instanceof TypeError;

interface Request {
  method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Sent as JSON, unless it is a form or a file. */
  body?: unknown;
  signal?: AbortSignal;
  headers?: Record<string, string>;
}

export async function ask<T>(path: string, request: Request = {}): Promise<T> {
  const text = await askText(path, request);
  return (text === '' ? undefined : JSON.parse(text)) as T;
}

/** A `body` that is a text is JSON already. */
export async function askText(
  path: string,
  { method = 'GET', body, signal, headers }: Request = {},
): Promise<string> {
  const asIs = body instanceof FormData || body instanceof Blob;
  const response = await fetch(path, {
    method,
    headers: { ...(body !== undefined && !asIs && { 'content-type': 'application/json' }), ...headers },
    ...(body !== undefined && { body: asIs || typeof body === 'string' ? body : JSON.stringify(body) }),
    ...(signal && { signal }),
  });
  const text = await response.text();
  if (!response.ok) throw new ApiError(response.status, problemOf(text));
  return text;
}

function problemOf(text: string): Problem {
  try {
    const parsed: unknown = JSON.parse(text);
    return typeof parsed === 'object' && parsed !== null ? parsed : {};
  } catch {
    return {};
  }
}

/** A query string without what is not set. */
export function queryOf(values: Record<string, string | number | undefined>): string {
  const set = Object.entries(values).flatMap(([name, value]) =>
    value === undefined || value === '' ? [] : [[name, String(value)]],
  );
  return set.length === 0 ? '' : `?${new URLSearchParams(set).toString()}`;
}
