/** A placement was decided on what was known of the node then; the owner of the attempt may know more by now. */
export interface Placed {
  /** Version of the node's truth that the leader decided on; null: of an older service. */
  decidedOn: number | null;
  /** As known here by now. */
  ver: number;
  /** Whether the node has what the job needs, by that version; undefined while its inventory is not known. */
  isReady: boolean | undefined;
}

/** What was decided on this very knowledge, or on a newer one, is the node's own to refuse. */
export function lacksByNow({ decidedOn, ver, isReady }: Placed): boolean {
  return decidedOn !== null && ver > decidedOn && isReady === false;
}
