/** How the command line ends: each kind of failure has a code of its own, a sentence and the way out. */
export const exitCodes = {
  failed: {
    code: 1,
    meaning: 'It was done, and the answer is no: a job failed, no node is ready, a check found something.',
  },
  usage: { code: 2, meaning: 'The command cannot be understood.' },
  unreachable: { code: 3, meaning: 'The server does not answer, or is none of ours.' },
  denied: { code: 4, meaning: 'A key is missing, is not good, or may not do this.' },
  'not-found': { code: 5, meaning: 'There is no such thing, or none that the key may know of.' },
  refused: {
    code: 6,
    meaning: 'The server understood and refused: inputs that do not fit, a name that is taken.',
  },
  busy: { code: 7, meaning: 'Not now: the queue is full, the server stops, its database is away.' },
} as const;
export type FailureKind = keyof typeof exitCodes;

/** `message` is one line for a person; `wayOut` says what to do. Both may hold text from the server. */
export class Failure extends Error {
  constructor(
    readonly kind: FailureKind,
    message: string,
    readonly wayOut?: string,
  ) {
    super(message);
  }

  get exitCode(): number {
    return exitCodes[this.kind].code;
  }
}

interface Problem {
  detail?: unknown;
  code?: unknown;
  errors?: unknown;
  details?: unknown;
}

const placesToldMax = 3;

/** What an answer of the server above 399 means to whoever typed the command. */
export function failureOf(status: number, problem: unknown): Failure {
  const kind = kindOf(status);
  const { detail, errors, details } = (typeof problem === 'object' && problem ? problem : {}) as Problem;
  const said = typeof detail === 'string' ? detail : `the server answered ${status}`;
  return new Failure(kind, `${said}${placesIn(errors ?? details)}`, wayOutOf(kind, status));
}

function kindOf(status: number): FailureKind {
  if (status === 401 || status === 403) return 'denied';
  if (status === 404) return 'not-found';
  if (status === 429 || status === 503) return 'busy';
  return status < 500 ? 'refused' : 'unreachable';
}

function wayOutOf(kind: FailureKind, status: number): string | undefined {
  if (status === 401) return 'set COMFYMUX_KEY, or save a key: comfymux context set NAME URL --key-stdin';
  if (kind === 'denied') return 'ask for a key with a role that may';
  if (kind === 'busy') return 'try again in some seconds';
  if (kind === 'unreachable') return "the server's log has it; comfymux doctor looks further";
  return undefined;
}

/** Where it does not fit, as far as it is told. */
function placesIn(errors: unknown): string {
  if (!Array.isArray(errors)) return '';
  const places = errors.slice(0, placesToldMax).map((entry: Record<string, unknown>) => {
    const place = [entry?.['pointer'], entry?.['nodeId'], entry?.['field']].filter(
      (part) => typeof part === 'string',
    );
    return `${prefixOf(place)}${text(entry?.['detail'] ?? entry?.['message'])}`;
  });
  const more = errors.length > placesToldMax ? ` and ${errors.length - placesToldMax} more` : '';
  return places.length === 0 ? '' : ` (${places.join('; ')}${more})`;
}

const prefixOf = (parts: unknown[]): string => (parts.length === 0 ? '' : `${parts.join('.')}: `);
const text = (value: unknown): string => (typeof value === 'string' ? value : '');
