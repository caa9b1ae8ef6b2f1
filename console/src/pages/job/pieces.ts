/** A job's life in pieces, from its arrival to its end, without a gap. */
import type { Attempt, JobDetail } from '../../api/shapes';
import { outcomeWords } from '../../ui/words';

export interface Piece {
  what: string;
  fromMs: number;
  toMs: number;
  colour: string;
}

const colours = {
  waits: 'var(--kind-6)',
  sent: 'var(--kind-2)',
  ran: 'var(--kind-1)',
  failed: 'var(--kind-7)',
};

export function piecesOf(job: JobDetail, nowMs: number): Piece[] {
  const endMs = job.finished_at === null ? nowMs : Date.parse(job.finished_at);
  const pieces: Piece[] = [];
  let at = Date.parse(job.created_at);
  for (const attempt of job.history) {
    const placedMs = Date.parse(attempt.created_at);
    pieces.push({
      what: attempt.no === 1 ? 'waited' : 'waited again',
      fromMs: at,
      toMs: placedMs,
      colour: colours.waits,
    });
    pieces.push(...attemptPieces(attempt, placedMs, endMs));
    at = attempt.closed_at === null ? endMs : Date.parse(attempt.closed_at);
  }
  if (at < endMs && job.history.every(({ closed_at }) => closed_at !== null))
    pieces.push({
      what: job.finished_at === null ? 'waits' : job.history.length === 0 ? 'waited' : 'until it was over',
      fromMs: at,
      toMs: endMs,
      colour: colours.waits,
    });
  return pieces.filter(({ fromMs, toMs }) => toMs > fromMs);
}

function attemptPieces(attempt: Attempt, placedMs: number, endMs: number): Piece[] {
  const closedMs = attempt.closed_at === null ? endMs : Date.parse(attempt.closed_at);
  const runningMs = attempt.running_at === null ? closedMs : Date.parse(attempt.running_at);
  const where = `on ${attempt.node_id}`;
  const bad = attempt.outcome !== null && attempt.outcome !== 'ok';
  return [
    { what: `placed and sent, ${where}`, fromMs: placedMs, toMs: runningMs, colour: colours.sent },
    {
      what: bad
        ? `${outcomeWords[attempt.outcome ?? ''] ?? attempt.outcome}, ${where}`
        : attempt.closed_at === null
          ? `runs ${where}`
          : `ran ${where}`,
      fromMs: runningMs,
      toMs: closedMs,
      colour: bad ? colours.failed : colours.ran,
    },
  ];
}
