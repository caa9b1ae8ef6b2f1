/**
 * Lets the transaction of this statement commit without waiting for the disk; as a part of it that the rest selects from. A crash of
 * the server may undo it, and with it everything that was committed later: what was flushed is always a beginning of the history.
 * Only for what can be told again.
 */
export const relaxed = `relaxed AS MATERIALIZED (SELECT set_config('synchronous_commit', 'off', TRUE))`;
