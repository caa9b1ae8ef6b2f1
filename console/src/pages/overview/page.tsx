import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { lazy, Suspense } from 'react';
import { activeJobsQuery } from '../../api/jobs-at';
import { useWhetherMay } from '../../api/me';
import { nodesQuery, queueQuery, readinessQuery, someJobsQuery, statsQuery } from '../../api/queries';
import type { ComfyNode, Job, Queue } from '../../api/shapes';
import { useNow } from '../../ui/now';
import { Card, PageHead, Since } from '../../ui/parts';
import { Loaded, Loading } from '../../ui/states';
import { count } from '../../ui/words';
import { JobLines } from '../jobs/lines';
import { mattersOf } from './attention';
import { Matters } from './matters';
import { Tiles } from './tiles';
import { Welcome } from './welcome';

/** Comes after the first paint. */
const LastHour = lazy(async () => import('./last-hour'));

export function OverviewPage() {
  const maySeeNodes = useWhetherMay('operator');
  const nodes = useQuery({ ...nodesQuery, enabled: maySeeNodes === true });
  const active = useQuery(activeJobsQuery);
  const queued = useQuery(someJobsQuery('queued', 200));
  const done = useQuery(someJobsQuery('succeeded', 12));
  const queue = useQuery(queueQuery);
  const stats = useQuery(statsQuery);
  const readiness = useQuery(readinessQuery);
  const now = useNow();
  const matters = mattersOf({
    nowMs: now,
    nodes: nodes.data,
    readiness: readiness.data,
    queued: queued.data ?? [],
    failures: stats.data?.failures ?? [],
  });
  const nothingYet =
    [active, queued, done].every(({ data }) => data?.length === 0) && stats.data?.failures.length === 0;
  return (
    <>
      <PageHead title="Overview" sub={nodes.data && <Sums nodes={nodes.data} queue={queue.data} />} />
      {nothingYet && <Welcome />}
      <div className="grid gap-4 xl:grid-cols-[1fr_24rem]">
        <div className="order-2 min-w-0 space-y-4 xl:order-1">
          {maySeeNodes !== false ? (
            <Loaded query={nodes}>{(all) => <Tiles nodes={all} />}</Loaded>
          ) : (
            <Card title="Running now">
              <Loaded query={active}>
                {(jobs) =>
                  jobs.length > 0 ? (
                    <JobLines jobs={jobs} />
                  ) : (
                    <p className="text-sm text-soft">Nothing runs.</p>
                  )
                }
              </Loaded>
            </Card>
          )}
        </div>
        <div className="order-1 grid min-w-0 content-start gap-4 md:max-xl:grid-cols-2 xl:order-2">
          <Card title="What needs attention">
            {nodes.data || maySeeNodes === false ? (
              <Matters matters={matters} />
            ) : (
              <Loaded query={nodes}>{() => null}</Loaded>
            )}
          </Card>
          <Card title="The last hour">
            <Loaded query={stats} lines={2}>
              {({ minutes }) => (
                <Suspense fallback={<Loading lines={2} />}>
                  <LastHour minutes={minutes} />
                </Suspense>
              )}
            </Loaded>
          </Card>
          <Card title="Queue by workflow">
            <Loaded query={queue} lines={2}>
              {(counts) => <QueueByWorkflow queue={counts} jobs={queued.data ?? []} />}
            </Loaded>
          </Card>
          <Card
            title="Finished last"
            side={
              <Link to="/jobs" className="text-sm text-accent no-underline hover:underline">
                All jobs
              </Link>
            }
          >
            <Loaded query={done}>{(jobs) => <Finished jobs={jobs} />}</Loaded>
          </Card>
        </div>
      </div>
    </>
  );
}

function Sums({ nodes, queue }: { nodes: ComfyNode[]; queue: Queue | undefined }) {
  const working = nodes.filter(({ accepts_work }) => accepts_work).length;
  return (
    <>
      {working} of {count(nodes.length, 'node')} take work
      {queue &&
        ` · ${queue.active.toLocaleString()} running · ${(queue.queued + queue.delayed).toLocaleString()} waiting`}
    </>
  );
}

function QueueByWorkflow({ queue, jobs }: { queue: Queue; jobs: Job[] }) {
  const waiting = queue.workflows.filter(({ queued, delayed }) => queued + delayed > 0);
  if (waiting.length === 0) return <p className="text-sm text-soft">Nothing waits.</p>;
  return (
    <ul className="space-y-3">
      {waiting.slice(0, workflowsMax).map(({ workflow, queued, delayed, oldest_at: oldest }) => {
        const why = jobs.findLast(
          (job) => job.workflow === workflow && job.waiting_for !== null,
        )?.waiting_for;
        return (
          <li key={workflow ?? ''} className="text-sm">
            <Link
              to="/jobs"
              search={{ state: 'queued', ...(workflow !== null && { workflow }) }}
              className="flex justify-between gap-2 text-ink no-underline hover:underline"
            >
              <span className="min-w-0 truncate font-medium">{workflow ?? 'graphs without a name'}</span>
              <span className="shrink-0 tabular-nums">{(queued + delayed).toLocaleString()}</span>
            </Link>
            <p className="text-xs text-soft">
              {oldest && (
                <>
                  oldest waits <Since at={oldest} />
                </>
              )}
              {why && ` · ${why}`}
            </p>
          </li>
        );
      })}
      {waiting.length > workflowsMax && (
        <li className="text-xs text-soft">and {waiting.length - workflowsMax} more workflows</li>
      )}
    </ul>
  );
}

const workflowsMax = 8;

function Finished({ jobs }: { jobs: Job[] }) {
  if (jobs.length === 0) return <p className="text-sm text-soft">Nothing has finished yet.</p>;
  return <JobLines jobs={jobs.slice(0, 8)} />;
}
