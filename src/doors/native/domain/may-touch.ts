/** Who asks: a browser by the session we gave it, everybody else by address; and the client id where it is told. */
export interface Caller {
  /** `session:…` or `address:…`. */
  place: string;
  clientId?: string | undefined;
}

/** Whose a job is. */
export interface Owner {
  place: string;
  clientId: string | null;
}

/**
 * Whether the caller may see and touch the job: it came from the same place, and where both tell a client id, from the
 * same client. The one place that decides it; API keys will be asked about here.
 */
export function mayTouch(caller: Caller, job: Owner): boolean {
  if (caller.place !== job.place) return false;
  return caller.clientId === undefined || job.clientId === null || caller.clientId === job.clientId;
}

/** The same rule in SQL, for a job's prompt `p`: $1 is the caller's place, $2 its client id or null. */
export const mayTouchSql = '(p.place = $1 AND ($2::text IS NULL OR p.client_id IS NULL OR p.client_id = $2))';
