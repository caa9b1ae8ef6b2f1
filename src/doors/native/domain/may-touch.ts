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
 * Whether the caller may see and touch the job of the prompt `p`: it came from the same place, and where both tell a client id, from the
 * same client. $1 is the caller's place, $2 its client id or null. The one place that decides it; only the database is asked, so that what
 * is another's takes as long to be refused as what never was.
 */
export const mayTouchSql = '(p.place = $1 AND ($2::text IS NULL OR p.client_id IS NULL OR p.client_id = $2))';
