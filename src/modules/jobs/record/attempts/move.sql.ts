/**
 * Moves of open attempts, a batch of them. Each names the owner and the version it was decided on and is left out when the attempt
 * has moved since. `sendingMove` waits for the disk, since a prompt leaves after it. The others do not: what they write the node can
 * tell again, and so it is found by whoever reads the record after a crash.
 */
import { nextVersion, relaxed, rowsOf, statement } from '../../../../platform/database/index.js';

export const moveRows = rowsOf({
  prompt_id: 'uuid',
  ver: 'int',
  owner: 'uuid',
  state: 'attempt_state',
  send_timeout_ms: 'float8',
  number: 'float8',
  run_ms: 'int',
  set_up_ms: 'int',
});

const moveText = (parts: string, from: string): string => `WITH ${parts}
  wanted AS MATERIALIZED (SELECT w.* FROM ${moveRows.table}${from})
  UPDATE attempt a SET state = w.state, ver = ${nextVersion('a.ver')},
    sending_at = CASE w.state WHEN 'sending' THEN now() ELSE a.sending_at END,
    send_deadline = CASE w.state WHEN 'sending' THEN now() + w.send_timeout_ms * interval '1 millisecond' ELSE a.send_deadline END,
    accepted_at = CASE WHEN w.state IN ('accepted', 'running') THEN COALESCE(a.accepted_at, now()) ELSE a.accepted_at END,
    number = CASE w.state WHEN 'accepted' THEN w.number ELSE COALESCE(a.number, w.number) END,
    running_at = CASE w.state WHEN 'running' THEN now() WHEN 'collecting' THEN COALESCE(a.running_at, a.accepted_at, a.sending_at) ELSE a.running_at END,
    collecting_at = CASE w.state WHEN 'collecting' THEN now() ELSE a.collecting_at END,
    run_ms = CASE w.state WHEN 'collecting' THEN w.run_ms ELSE a.run_ms END,
    set_up_ms = CASE w.state WHEN 'collecting' THEN w.set_up_ms ELSE a.set_up_ms END
  FROM wanted w WHERE a.prompt_id = w.prompt_id AND a.ver = w.ver AND a.owner = w.owner AND a.closed_at IS NULL
  RETURNING w.ord, a.ver, a.state, a.send_deadline AS "sendDeadline", a.accepted_at AS "acceptedAt", a.running_at AS "runningAt",
    a.collecting_at AS "collectingAt"`;

export const sendingMove = statement('move-sending', moveText('', ''));
export const laterMove = statement('move-later', moveText(`${relaxed},`, ', relaxed'));

export const progressRows = rowsOf({ prompt_id: 'uuid', progress: 'real' });

/** Outside the version: progress decides nothing, and a crash may lose it. */
export const noteProgress = statement(
  'note-progress',
  `WITH ${relaxed}, wanted AS MATERIALIZED (SELECT w.* FROM ${progressRows.table}, relaxed)
  UPDATE attempt a SET progress = w.progress FROM wanted w WHERE a.prompt_id = w.prompt_id AND a.closed_at IS NULL`,
);
