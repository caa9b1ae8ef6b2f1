/**
 * PostgreSQL: connection exceptions, too many connections, a server that starts or stops, one that takes no writes (the standby of
 * a failover), and our own time limits (of a lock, a statement, an idle transaction), which only a server that is overtaxed reaches.
 */
const unavailableSqlStates = /^(08...|53300|57P0[1-4]|55P03|57014|25P03|25006)$/;
/** Of Node's sockets, of Prisma, and the kinds that Prisma's driver adapter gives. */
const unavailableCodes = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
  'P1001',
  'P1002',
  'P1008',
  'P1017',
  'P2024',
  'P2037',
  'DatabaseNotReachable',
  'ConnectionClosed',
  'SocketTimeout',
  'TooManyConnections',
]);
/** pg and pg-pool give these no code. */
const unavailableMessages =
  /^(Connection terminated|timeout expired$|timeout exceeded when trying to connect|Query read timeout|Client has encountered a connection error)/;

/** Whether the database, rather than the statement, is at fault: what failed may be tried again later. */
export function isDatabaseUnavailable(error: unknown): boolean {
  return hasCause(
    error,
    ({ code, originalCode, kind, message }) =>
      [code, originalCode, kind].some(isUnavailableCode) ||
      (typeof message === 'string' && unavailableMessages.test(message)),
  );
}

/** Whether a value held text that PostgreSQL keeps nowhere: a NUL character or half of a surrogate pair. */
export function isUnstorableText(error: unknown): boolean {
  return hasCause(
    error,
    ({ code, originalCode, message, originalMessage }) =>
      [code, originalCode].some((state) => state === '22021' || state === '22P05') ||
      // In a JSON column half of a pair has no code of its own.
      [message, originalMessage].includes('invalid input syntax for type json'),
  );
}

/**
 * Whether the database will refuse these values however often they come: a text that it keeps nowhere, a number out of range, a
 * key too long for its index, a check of the schema. The same statement with other values may pass.
 */
export function isContentRefused(error: unknown): boolean {
  return hasCause(error, ({ code }) => typeof code === 'string' && refusedSqlStates.test(code));
}

/** Whether a value was too long for an index: a name, as all indexed texts are. */
export const isNameTooLong = (error: unknown): boolean =>
  hasCause(error, ({ code, originalCode }) => [code, originalCode].some((state) => state === '54000'));

/** Data exceptions, null and check violations, program limits such as the size of an index row. */
const refusedSqlStates = /^(22...|23502|23514|54...)$/;

/** Whether the error, or one that it wraps, is so. */
function hasCause(error: unknown, test: (error: ErrorShape) => boolean): boolean {
  if (typeof error !== 'object' || error === null) return false;
  const { cause, errors, meta }: ErrorShape = error;
  return (
    test(error) ||
    hasCause(cause, test) ||
    (Array.isArray(errors) && errors.some((one) => hasCause(one, test))) ||
    hasCause(meta?.driverAdapterError, test)
  );
}

/** What errors of Node, pg and Prisma may carry; an `AggregateError` of Node has `errors`, one for each address tried. */
interface ErrorShape {
  code?: unknown;
  originalCode?: unknown;
  originalMessage?: unknown;
  kind?: unknown;
  message?: unknown;
  cause?: unknown;
  errors?: unknown;
  meta?: { driverAdapterError?: unknown };
}

function isUnavailableCode(code: unknown): boolean {
  return typeof code === 'string' && (unavailableCodes.has(code) || unavailableSqlStates.test(code));
}

export function errorOf(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown));
}
