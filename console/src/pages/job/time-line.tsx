/** A job's life as bars on one scale: how long it waited, and how long each attempt was sent and ran. */
import type { JobDetail } from '../../api/shapes';
import { useNow } from '../../ui/now';
import { clockTime, span } from '../../ui/words';
import { piecesOf } from './pieces';

export function TimeLine({ job }: { job: JobDetail }) {
  const now = useNow();
  const pieces = piecesOf(job, now);
  const beginMs = Date.parse(job.created_at);
  const totalMs = Math.max(1, (pieces.at(-1)?.toMs ?? now) - beginMs);
  return (
    <>
      <div className="flex h-3 overflow-hidden rounded-full bg-sunk" aria-hidden>
        {pieces.map(({ fromMs, toMs, colour }) => (
          <div
            key={fromMs}
            style={{ width: `${((toMs - fromMs) / totalMs) * 100}%`, minWidth: 2, background: colour }}
          />
        ))}
      </div>
      <ol className="mt-3 space-y-1.5 text-sm">
        <li className="flex justify-between gap-3 text-soft">
          <span>arrived</span>
          <time dateTime={job.created_at}>{clockTime(job.created_at)}</time>
        </li>
        {pieces.map(({ what, fromMs, toMs, colour }) => (
          <li key={fromMs} className="flex items-center justify-between gap-3">
            <span className="flex min-w-0 items-center gap-2">
              <span aria-hidden className="size-2.5 shrink-0 rounded-full" style={{ background: colour }} />
              <span className="min-w-0 break-words">{what}</span>
            </span>
            <span className="shrink-0 tabular-nums">{span(toMs - fromMs)}</span>
          </li>
        ))}
        {job.finished_at && (
          <li className="flex justify-between gap-3 text-soft">
            <span>{job.state}</span>
            <time dateTime={job.finished_at}>{clockTime(job.finished_at)}</time>
          </li>
        )}
      </ol>
    </>
  );
}
