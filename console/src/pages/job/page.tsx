import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Link, useNavigate, useParams } from '@tanstack/react-router';
import { useEffect, useRef } from 'react';
import { ApiError } from '../../api/ask';
import { useCancel, usePriority, useRunAgain } from '../../api/deeds';
import { useMay, useSeesContent } from '../../api/me';
import { pictureOf, usePreview } from '../../api/previews';
import { decisionQuery, jobQuery } from '../../api/queries';
import type { JobDetail } from '../../api/shapes';
import { CopyButton } from '../../ui/copy';
import { useConfirm } from '../../ui/dialog';
import { NodeLink } from '../../ui/node-link';
import { PriorityChoice } from '../../ui/priority';
import {
  Ago,
  Button,
  buttonClasses,
  Card,
  Fact,
  Facts,
  JobBadge,
  PageHead,
  ProgressBar,
  Until,
} from '../../ui/parts';
import { Empty, ErrorBox, Loading } from '../../ui/states';
import { Attempts } from './attempts';
import { CopyAs } from './copy-as';
import { Details } from './details';
import { IgnoredOf } from './ignored';
import { Outputs } from './outputs';
import { TimeLine } from './time-line';
import { Why } from './why';

export function JobPage() {
  const { id } = useParams({ from: '/jobs/$id' });
  const query = useQuery(jobQuery(id));
  useReadAgain(query.data);
  if (query.data) return <Shown job={query.data} />;
  if (query.error instanceof ApiError && query.error.status === 404)
    return (
      <Empty isPage title="There is no such job.">
        Jobs that ended are kept for a while and then forgotten. <Link to="/jobs">All jobs</Link>
      </Empty>
    );
  if (query.isError) return <ErrorBox error={query.error} again={() => void query.refetch()} />;
  return <Loading lines={6} />;
}

/** Attempts, results and reasons are in no event: they are read again when the job has moved. */
function useReadAgain(job: JobDetail | undefined): void {
  const client = useQueryClient();
  const place = job && `${job.id} ${job.state} ${job.node_id} ${job.attempts} ${job.cancel_requested}`;
  const id = job?.id;
  const before = useRef(place);
  useEffect(() => {
    const hasMoved = before.current !== undefined && before.current !== place;
    before.current = place;
    if (!hasMoved || id === undefined) return;
    void client.invalidateQueries({ queryKey: jobQuery(id).queryKey, exact: true });
    void client.invalidateQueries({ queryKey: decisionQuery(id).queryKey });
  }, [client, id, place]);
}

function Shown({ job }: { job: JobDetail }) {
  const decision = useQuery(decisionQuery(job.id));
  return (
    <>
      <PageHead
        title={
          <span className="flex flex-wrap items-center gap-2">
            {job.workflow ?? 'A graph'}{' '}
            <JobBadge state={job.state} cancelling={job.cancel_requested && job.state === 'active'} />
          </span>
        }
        sub={
          <span className="flex items-center gap-1 font-mono text-xs">
            <span className="break-all">{job.id}</span>
            <CopyButton text={job.id} label="Copy the id" />
          </span>
        }
      >
        <Deeds job={job} />
      </PageHead>
      <div className="space-y-4">
        {job.error && (
          <div role="alert" className="rounded-xl bg-bad-bg px-4 py-3 text-sm text-bad">
            <p className="font-medium break-words whitespace-pre-wrap">{job.error.message}</p>
            <p className="mt-1 text-xs">{job.error.code}</p>
          </div>
        )}
        <IgnoredOf job={job} />
        {job.state === 'active' && <RunningNow job={job} />}
        <div className="grid gap-4 xl:grid-cols-2">
          <Card title="Its life">
            <TimeLine job={job} />
          </Card>
          <Card
            title={
              job.state === 'queued'
                ? 'Why it waits'
                : job.state === 'active'
                  ? 'Why it runs there'
                  : 'Why it ran there'
            }
          >
            <Why job={job} decision={decision} />
          </Card>
        </div>
        <Outputs job={job} />
        <Card title="Facts">
          <JobFacts job={job} />
        </Card>
        {job.history.length > 0 && <Attempts attempts={job.history} />}
        <Details job={job} />
      </div>
    </>
  );
}

function Deeds({ job }: { job: JobDetail }) {
  const cancel = useCancel();
  const again = useRunAgain();
  const navigate = useNavigate();
  const confirm = useConfirm();
  const mayAct = useMay('submit');
  // Whoever asks for the same again sees what was asked.
  const mayRepeat = useSeesContent(job.tenant) && mayAct;
  const mayCancel = mayAct && job.finished_at === null && !job.cancel_requested;
  const ask = async (): Promise<void> => {
    const yes = await confirm({
      title: 'Cancel this job?',
      text:
        job.state === 'active'
          ? 'It is stopped where it runs. This cannot be taken back.'
          : 'It will never run. This cannot be taken back.',
      deed: 'Cancel the job',
      dangerous: true,
    });
    if (yes) cancel.mutate([job.id]);
  };
  return (
    <>
      {mayRepeat && <CopyAs job={job} />}
      {mayRepeat && job.workflow !== null && (
        <Link
          to="/workflows/$name"
          params={{ name: job.workflow }}
          search={{ from: job.id }}
          className={buttonClasses()}
        >
          Run with changes
        </Link>
      )}
      {mayRepeat && (
        <Button
          disabled={again.isPending}
          title="A new job with the same inputs"
          onClick={() =>
            again.mutate(job, { onSuccess: ({ id }) => void navigate({ to: '/jobs/$id', params: { id } }) })
          }
        >
          Run again
        </Button>
      )}
      {mayCancel && (
        <Button look="danger" disabled={cancel.isPending} onClick={() => void ask()}>
          Cancel
        </Button>
      )}
    </>
  );
}

function RunningNow({ job }: { job: JobDetail }) {
  const preview = usePreview(job.id);
  return (
    <div className="card p-4">
      {preview && (
        <img
          src={pictureOf(preview)}
          alt="What is made, as far as it has come"
          className="mb-3 max-h-80 rounded-lg"
        />
      )}
      <div className="mb-2 flex justify-between gap-3 text-sm">
        <span>
          {job.progress === null ? 'Begins' : `${Math.round(job.progress)} %`} on{' '}
          {job.node_id && <NodeLink id={job.node_id} />}
        </span>
        {job.eta && (
          <span className="text-soft tabular-nums">
            <Until at={job.eta.end} /> left
          </span>
        )}
      </div>
      <ProgressBar percent={job.progress} label="Progress of this job" />
    </div>
  );
}

/** It counts as long as the job waits. */
function Priority({ job }: { job: JobDetail }) {
  const change = usePriority();
  const mayAct = useMay('submit');
  const waits = job.state === 'queued' || job.state === 'delayed';
  if (!mayAct || !waits) return <>{job.priority}</>;
  return (
    <PriorityChoice
      value={job.priority}
      disabled={change.isPending}
      pick={(priority) => change.mutate({ jobs: [job], priority })}
    />
  );
}

function JobFacts({ job }: { job: JobDetail }) {
  return (
    <Facts>
      <Fact name="Tenant">{job.tenant}</Fact>
      <Fact name="Priority">
        <Priority job={job} />
      </Fact>
      <Fact name="Arrived">
        <Ago at={job.created_at} />
      </Fact>
      {job.finished_at && (
        <Fact name="Ended">
          <Ago at={job.finished_at} />
        </Fact>
      )}
      {job.node_id && (
        <Fact name="Node">
          <NodeLink id={job.node_id} />
        </Fact>
      )}
      {job.workflow && (
        <Fact name="Workflow">
          <Link to="/workflows/$name" params={{ name: job.workflow }} className="text-accent">
            {job.workflow}
          </Link>
        </Fact>
      )}
      {job.trace_id && (
        <Fact name="Trace">
          <span className="flex items-center gap-1 font-mono text-xs break-all">
            {job.trace_id} <CopyButton text={job.trace_id} label="Copy the trace id" />
          </span>
        </Fact>
      )}
      {Object.entries(job.labels ?? {}).map(([name, value]) => (
        <Fact key={name} name={name}>
          {value}
        </Fact>
      ))}
    </Facts>
  );
}
