/** Whether a database is where it was when its site last worked with it. Pure. */

/** What a database server says of the database we are connected to; a dump does not carry it. */
export interface Place {
  /** Of the server's files; null where this user may not read it. */
  systemIdentifier: string | null;
  databaseOid: string;
}

/** What the database remembers. */
export interface SiteRecord extends Place {
  siteId: string;
  /** The storage was given the site's id. */
  marked: boolean;
}

/** What the storage carries: a site's id, undefined for none, null when it did not answer. */
export type Mark = string | undefined | null;

export type Standing =
  | { kind: 'ours' }
  /** The first start of a new database. */
  | { kind: 'new' }
  /** The database is ours, and the storage has still to be told. */
  | { kind: 'unmarked' }
  /** `reason` ends the sentence "this service does not dispatch: …". */
  | { kind: 'strange'; reason: string };

export function standingOf(record: SiteRecord | undefined, here: Place, mark: Mark): Standing {
  if (!record) return mark === undefined || mark === null ? { kind: 'new' } : strange(foreignFiles);
  if (!isSamePlace(record, here)) return strange(restored);
  if (!record.marked) return { kind: 'unmarked' };
  if (mark === undefined) return strange(noMark);
  return mark === record.siteId || mark === null ? { kind: 'ours' } : strange(foreignFiles);
}

const restored =
  'the database was restored from a backup or copied, and its nodes may still work for the service that it was copied from';
const noMark = 'the storage is not the one that this database was used with last: it lacks its mark';
const foreignFiles = 'the storage belongs to another database, whose nodes these may be';

const strange = (reason: string): Standing => ({ kind: 'strange', reason });

function isSamePlace(record: Place, here: Place): boolean {
  const isSameServer =
    record.systemIdentifier === null ||
    here.systemIdentifier === null ||
    record.systemIdentifier === here.systemIdentifier;
  return isSameServer && record.databaseOid === here.databaseOid;
}
