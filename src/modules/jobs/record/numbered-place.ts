/**
 * A place by ComfyUI's number, as parts of insert-statement.ts: lower numbers first among waiting prompts, equal ones as they
 * came. `front` is a number too, below all automatic ones. `numbered_key` is null for what takes the next place; only for
 * others is the queue looked through.
 */

/** The front lies this far before everything that waits, so that no affinity to a loaded model overtakes it. */
const frontSeconds = 600;
const stepSeconds = 0.001;
const numberOfPrompt = `COALESCE(p.number, CASE WHEN p.front THEN 1 - p.ticket ELSE p.ticket - 1 END)`;

export const numbered = `
  wanted AS (
    SELECT COALESCE($20::float8, CASE WHEN $21::boolean THEN -(SELECT last_value FROM job_prompt_ticket_seq) END) AS wanted_number),
  neighbours AS (
    SELECT wanted_number, keys[1] AS below, keys[2] AS above
    FROM (SELECT wanted_number, CASE WHEN wanted_number IS NOT NULL THEN (
        SELECT ARRAY[max(j.eff_key) FILTER (WHERE ${numberOfPrompt} <= wanted_number), min(j.eff_key) FILTER (WHERE ${numberOfPrompt} > wanted_number)]
        FROM job j JOIN job_prompt p ON p.job_id = j.id WHERE j.state = 'queued') END AS keys FROM wanted) looked_up),
  numbered AS (
    SELECT CASE
      WHEN wanted_number IS NULL THEN NULL
      WHEN $20::float8 IS NULL AND below IS NULL
        THEN (SELECT LEAST(min(eff_key), v) - ${frontSeconds} FROM job WHERE state = 'queued')
      WHEN above IS NULL THEN GREATEST(start_key, below + ${stepSeconds})
      WHEN below < above THEN GREATEST(above - ${stepSeconds}, (below + above) / 2)
      ELSE above - ${stepSeconds} END AS numbered_key
    FROM tag, neighbours)`;
