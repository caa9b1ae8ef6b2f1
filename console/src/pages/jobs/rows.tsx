import { Link } from '@tanstack/react-router';
import { useWindowVirtualizer } from '@tanstack/react-virtual';
import { useEffect, useRef } from 'react';
import type { Job } from '../../api/shapes';
import { Ago, JobBadge, ProgressBar, Until } from '../../ui/parts';
import { shortId, span } from '../../ui/words';

const rowPx = 60;
/** How many rows before the end older jobs are asked for. */
const aheadRows = 15;

export function JobRows({
  jobs,
  chosen,
  choose,
  readOlder,
}: {
  jobs: Job[];
  chosen: ReadonlySet<string>;
  choose: (chosen: ReadonlySet<string>) => void;
  /** Absent while there are none, or while the list is being read: that would be broken off, or break this off. */
  readOlder: (() => void) | undefined;
}) {
  const place = useRef<HTMLDivElement>(null);
  const rows = useWindowVirtualizer({
    count: jobs.length,
    estimateSize: () => rowPx,
    overscan: 8,
    scrollMargin: place.current?.offsetTop ?? 0,
  });
  const items = rows.getVirtualItems();
  const last = items.at(-1)?.index ?? 0;
  const latest = useRef(readOlder);
  latest.current = readOlder;
  const mayReadOlder = readOlder !== undefined;
  useEffect(() => {
    if (mayReadOlder && last >= jobs.length - aheadRows) latest.current?.();
  }, [last, jobs.length, mayReadOlder]);
  const toggle = (id: string): void => {
    const next = new Set(chosen);
    if (!next.delete(id)) next.add(id);
    choose(next);
  };
  return (
    <div
      ref={place}
      role="list"
      aria-label="Jobs"
      className="card relative"
      style={{ height: rows.getTotalSize() + 2 }}
    >
      {items.map((item) => {
        const job = jobs[item.index];
        return (
          job && (
            <div
              key={job.id}
              role="listitem"
              className="absolute inset-x-0 flex items-center border-b border-line last:border-b-0 hover:bg-sunk"
              style={{ height: rowPx, transform: `translateY(${item.start - rows.options.scrollMargin}px)` }}
            >
              <label className="flex h-full items-center pr-1 pl-4">
                <input
                  type="checkbox"
                  className="size-4"
                  aria-label={`Choose job ${shortId(job.id)}`}
                  checked={chosen.has(job.id)}
                  onChange={() => toggle(job.id)}
                />
              </label>
              <Row job={job} />
            </div>
          )
        );
      })}
    </div>
  );
}

function Row({ job }: { job: Job }) {
  return (
    <Link
      to="/jobs/$id"
      params={{ id: job.id }}
      className="grid h-full min-w-0 flex-1 grid-cols-[5.5rem_minmax(0,1fr)_auto] items-center gap-3 px-3 text-sm text-ink no-underline md:grid-cols-[5.5rem_minmax(0,1.2fr)_minmax(0,1.6fr)_7rem]"
    >
      <span>
        <JobBadge state={job.state} cancelling={job.cancel_requested && job.state === 'active'} />
      </span>
      <span className="min-w-0">
        <span className="block truncate font-medium">{job.workflow ?? 'graph'}</span>
        <span className="block truncate text-xs text-soft">
          {shortId(job.id)}
          {job.tenant !== 'default' && ` · ${job.tenant}`}
          {job.priority !== 0 && ` · priority ${job.priority}`}
        </span>
      </span>
      <span className="hidden min-w-0 text-soft md:block">
        <Now job={job} />
      </span>
      <span className="text-right text-xs text-soft">
        <Ago at={job.finished_at ?? job.created_at} />
      </span>
    </Link>
  );
}

function Now({ job }: { job: Job }) {
  if (job.state === 'active')
    return (
      <span className="flex items-center gap-3">
        <span className="w-28 shrink-0">
          <ProgressBar percent={job.progress} label={`Progress of job ${shortId(job.id)}`} />
        </span>
        <span className="truncate text-xs">
          {job.node_id}
          {job.eta && (
            <>
              {' '}
              · <Until at={job.eta.end} /> left
            </>
          )}
        </span>
      </span>
    );
  if (job.state === 'queued')
    return <span className="line-clamp-2 text-xs">{job.waiting_for ?? 'waits to be placed'}</span>;
  if (job.error) return <span className="line-clamp-2 text-xs text-bad">{job.error.message}</span>;
  return (
    <span className="block truncate text-xs">{[job.node_id, tookOf(job)].filter(Boolean).join(' · ')}</span>
  );
}

const tookOf = ({ started_at: from, finished_at: to }: Job): string =>
  from !== null && to !== null ? `took ${span(Date.parse(to) - Date.parse(from))}` : '';
