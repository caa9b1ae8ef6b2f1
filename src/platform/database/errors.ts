/** PostgreSQL: connection exceptions, too many connections, and a server that starts or stops. */
const unavailableSqlStates = /^(08...|53300|57P0[1-4])$/;
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
  /^(Connection terminated|timeout exceeded when trying to connect|Query read timeout|Client has encountered a connection error)/;

/** Whether the database, rather than the statement, is at fault: what failed may be tried again later. */
export function isDatabaseUnavailable(error: unknown): boolean {
  if (typeof error !== 'object' || error === null) return false;
  const { code, originalCode, kind, message, cause, errors, meta }: ErrorShape = error;
  return (
    [code, originalCode, kind].some(isUnavailableCode) ||
    (typeof message === 'string' && unavailableMessages.test(message)) ||
    isDatabaseUnavailable(cause) ||
    (Array.isArray(errors) && errors.some(isDatabaseUnavailable)) ||
    isDatabaseUnavailable(meta?.driverAdapterError)
  );
}

/** What errors of Node, pg and Prisma may carry; an `AggregateError` of Node has `errors`, one for each address tried. */
interface ErrorShape {
  code?: unknown;
  originalCode?: unknown;
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
