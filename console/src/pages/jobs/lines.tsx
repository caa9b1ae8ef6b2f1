import { Link } from '@tanstack/react-router';
import type { Job } from '../../api/shapes';
import { Ago, JobBadge } from '../../ui/parts';

/** A few jobs, one line each. */
export function JobLines({ jobs }: { jobs: readonly Job[] }) {
  return (
    <ul className="-mx-2">
      {jobs.map((job) => (
        <li key={job.id}>
          <Link
            to="/jobs/$id"
            params={{ id: job.id }}
            className="flex items-center gap-2 rounded-lg px-2 py-1.5 text-sm text-ink no-underline hover:bg-sunk"
          >
            <JobBadge state={job.state} />
            <span className="min-w-0 flex-1 truncate">{job.workflow ?? 'graph'}</span>
            {job.progress !== null && job.state === 'active' && (
              <span className="text-xs text-soft tabular-nums">{Math.round(job.progress)} %</span>
            )}
            <span className="shrink-0 text-xs text-soft">
              <Ago at={job.finished_at ?? job.started_at ?? job.created_at} />
            </span>
          </Link>
        </li>
      ))}
    </ul>
  );
}
