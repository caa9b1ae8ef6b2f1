/** One request to the service, typed by its own documentation. Answers that are refusals become an `ApiError` in the service's own words. */
import type { Answered, DeedPath, Method, ReadPath, Told } from './shapes';

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

interface Named {
  /** What stands for the `{…}` of the path. */
  names?: Record<string, string>;
  query?: Record<string, string | number | undefined>;
  signal?: AbortSignal;
}

export async function read<Path extends ReadPath>(path: Path, named: Named = {}): Promise<Answered<Path>> {
  return JSON.parse(await readText(path, named)) as Answered<Path>;
}

/** As it came: numbers keep their digits. */
export const readText = async (path: ReadPath, { names = {}, query = {}, signal }: Named): Promise<string> =>
  textOf(filled(path, names) + queryOf(query), { ...(signal && { signal }) });

/** `body` is sent as JSON, unless it is a form or a text, which is JSON already. */
export async function tell<Path extends DeedPath<How>, How extends Method>(
  how: How,
  path: Path,
  {
    names = {},
    body,
    headers = {},
  }: { names?: Record<string, string>; body?: unknown; headers?: Record<string, string> } = {},
): Promise<Told<Path, How>> {
  const isForm = body instanceof FormData;
  const text = await textOf(filled(path, names), {
    method: how.toUpperCase(),
    headers: { ...(body !== undefined && !isForm && { 'content-type': 'application/json' }), ...headers },
    ...(body !== undefined && { body: isForm || typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  return (text === '' ? undefined : JSON.parse(text)) as Told<Path, How>;
}

const filled = (path: string, names: Record<string, string>): string =>
  path.replaceAll(/\{(\w+)\}/g, (_whole, name: string) => encodeURIComponent(names[name] ?? ''));

async function textOf(url: string, request: RequestInit): Promise<string> {
  const response = await fetch(url, request);
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
function queryOf(values: Record<string, string | number | undefined>): string {
  const set = Object.entries(values).flatMap(([name, value]) =>
    value === undefined || value === '' ? [] : [[name, String(value)]],
  );
  return set.length === 0 ? '' : `?${new URLSearchParams(set).toString()}`;
}
