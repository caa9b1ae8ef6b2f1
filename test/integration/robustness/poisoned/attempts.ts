/** Attempts, and the jobs they are of, that no statement of ours writes. */

/** What is set on an open attempt of a job of its own ($1), at a node that is not there; each by one statement. */
const ofAttempt = (set: string): string => `UPDATE attempt SET ${set} WHERE job_id = $1`;
const ofJob = (set: string): string => `UPDATE job SET ${set} WHERE id = $1`;
const runsSince = (at: string): string =>
  ofAttempt(`state = 'running', sending_at = now(), accepted_at = now(), running_at = '${at}'`);

export const openAttempts: [what: string, sql: string][] = [
  ['a decision that is a text', ofAttempt(`decision = '"because"'`)],
  ['a decision of other kinds', ofAttempt(`decision = '{"nodeVersion":"many","othersAway":"perhaps"}'`)],
  ['a decision of huge numbers', ofAttempt(`decision = '{"nodeVersion":1e300,"othersAway":7}'`)],
  ['a decision that is a list', ofAttempt(`decision = '[1]'`)],
  ['a run that begins at the end of time', runsSince('infinity')],
  ['a run that began before all time', runsSince('-infinity')],
  [
    'times without end',
    ofAttempt(`created_at = 'infinity', accepted_at = '-infinity', sending_at = 'infinity'`),
  ],
  ['a deadline of sending without end', ofAttempt(`state = 'sending', send_deadline = 'infinity'`)],
  ['a run that never began', ofAttempt(`state = 'running'`)],
  ['the last of all versions', ofAttempt('ver = 2147483647')],
  ['the last of all numbers', ofAttempt('no = 32767')],
  ['numbers that are none', ofAttempt(`number = 'NaN', progress = 'NaN', expected_ms = 'Infinity'`)],
  [
    'collecting for less than no time',
    ofAttempt(`state = 'collecting', collecting_at = '-infinity', run_ms = -2147483648, set_up_ms = -5`),
  ],
  ['an error that is a number', ofAttempt(`error = '5'`)],
  ['a node of a long name', ofAttempt(`node_id = repeat('n', 100000)`)],
  ['a job that was tried as often as can be', ofJob('attempts_job = 32767, attempts_infra = 32767')],
  ['a job of the largest estimate', ofJob('est_ms = -2147483648, input_bytes = 9223372036854775807')],
  ['a delivery to no list', ofJob(`deliver = '{"https_put":5}', webhook = '{"events":{}}'`)],
  ['a job that avoids nothing', ofJob(`avoid_node_ids = '{NULL}'`)],
  ['a job made at the end of time', ofJob(`created_at = 'infinity', started_at = '-infinity'`)],
  ['a job made before all time', ofJob(`created_at = '-infinity', deadline = 'infinity'`)],
  ['a job made before the common era', ofJob(`created_at = '0044-03-15 BC', started_at = '20000-01-01'`)],
];

/** The jobs are queued when this is done to them. */
export const placed = `
  WITH taken AS (UPDATE job SET state = 'active', started_at = now() WHERE id = ANY ($1::uuid[]) RETURNING id)
  INSERT INTO attempt (prompt_id, job_id, no, node_id, owner, state)
  SELECT gen_random_uuid(), id, 1, 'gone-' || id, gen_random_uuid(), 'intent' FROM taken`;

/** Of jobs that have ended with results. */
export const endedJobs: [what: string, sql: string][] = [
  ['results of no place', `UPDATE job_output SET sha256 = '../../../etc/passwd' WHERE job_id = $1`],
  ['results without a hash', `UPDATE job_output SET sha256 = '' WHERE job_id = $1`],
  [
    'results of no type',
    `UPDATE job_output SET mime = E'a\\nb: c', container = '', is_video = TRUE WHERE job_id = $1`,
  ],
  ['results without types', `UPDATE job_output SET mime = '', type = 'odd', key = '' WHERE job_id = $1`],
  [
    'results of an odd name',
    `UPDATE job_output SET filename = E'a\\r\\nb: \\u202e/../x', subfolder = '../..' WHERE job_id = $1`,
  ],
  ['results of a long name', `UPDATE job_output SET filename = repeat('n', 100000) WHERE job_id = $1`],
  [
    'results of sizes that are none',
    `UPDATE job_output SET size_bytes = CASE ordinal WHEN 0 THEN -1 ELSE 9223372036854775807 END WHERE job_id = $1`,
  ],
  ['results of no order', `UPDATE job_output SET ordinal = -ordinal - 5, raw = '5' WHERE job_id = $1`],
  ['results without end', `UPDATE job_output SET created_at = 'infinity', raw = 'null' WHERE job_id = $1`],
  ['a text that is none', `UPDATE job_output SET type = 'text', raw = '{"text":[1]}' WHERE job_id = $1`],
  ['an end without end', ofJob(`finished_at = 'infinity'`)],
  ['an end before all time', ofJob(`finished_at = '-infinity', started_at = 'infinity'`)],
  ['an end before the common era', ofJob(`finished_at = '0044-03-15 BC', created_at = '20000-01-01'`)],
  ['an end in the far future', ofJob(`finished_at = '20000-01-01'`)],
  [
    'a door and a caller that nobody knows',
    ofJob(`door = E'a"\\n', principal_id = 'nobody', priority = 32767`),
  ],
  ['an attempt that failed with a list', ofAttempt(`error = '[1]', decision = '5', no = -1`)],
  [
    'an attempt without end',
    ofAttempt(`created_at = 'infinity', running_at = '-infinity', closed_at = 'infinity'`),
  ],
  ['an attempt that took less than no time', ofAttempt(`run_ms = -5, gpu_ms = -5, set_up_ms = -2147483648`)],
  [
    'a run of nonsense',
    `UPDATE job_run SET outputs = 'nonsense', messages = '{', meta = '' WHERE job_id = $1`,
  ],
  [
    'a run of other shapes',
    `UPDATE job_run SET outputs = '[1]', messages = '{"a":1}', meta = 'null' WHERE job_id = $1`,
  ],
  [
    'a run of no times',
    `UPDATE job_run SET started_at_ms = 'NaN', ended_at_ms = 'Infinity' WHERE job_id = $1`,
  ],
  [
    'a prompt of nobody',
    `UPDATE job_prompt SET number = 'NaN', targets = '{NULL}', secrets = '\\x00', client_id = repeat('c', 100000), workflow_id = '' WHERE job_id = $1`,
  ],
  [
    'a prompt without end',
    `UPDATE job_prompt SET number = 'Infinity', ticket = 9223372036854775807 WHERE job_id = $1`,
  ],
];
