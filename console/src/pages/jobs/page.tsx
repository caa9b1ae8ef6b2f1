import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { useEffect, useMemo, useRef, useState } from 'react';
import { useCancel, useCancelAll, usePriority, useRunAllAgain } from '../../api/deeds';
import { useMay } from '../../api/me';
import { jobListQuery, sinceChoices, tenantsQuery, workflowsQuery } from '../../api/queries';
import { type Job, jobStates } from '../../api/shapes';
import { useConfirm } from '../../ui/dialog';
import { ChoiceFilter, Filters, TextFilter } from '../../ui/filters';
import { Button, PageHead } from '../../ui/parts';
import { PriorityChoice } from '../../ui/priority';
import { Empty, ErrorBox, Loading } from '../../ui/states';
import { count } from '../../ui/words';
import type { JobsSearch } from '../../router';
import { JobRows } from './rows';

export function JobsPage() {
  const filter = useSearch({ from: '/jobs' });
  const list = useInfiniteQuery(jobListQuery(filter));
  const jobs = useMemo(() => list.data?.pages.flatMap((page) => page.jobs) ?? [], [list.data]);
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const isFiltered = Object.keys(filter).length > 0;
  // After a failure the list is read again by itself, and then this is asked again.
  const mayReadOlder = list.hasNextPage && !list.isFetching && !list.isFetchNextPageError;
  return (
    <>
      <PageHead title="Jobs" sub="Newest first, as they change.">
        <CancelAll filter={filter} />
      </PageHead>
      <JobFilters />
      <Chosen jobs={jobs} chosen={chosen} clear={() => setChosen(new Set())} />
      {list.isPending && <Loading lines={8} />}
      {list.isError && jobs.length === 0 && <ErrorBox error={list.error} again={() => void list.refetch()} />}
      {list.isSuccess && jobs.length === 0 && !list.hasNextPage && (
        <Empty title={isFiltered ? 'No job fits these filters.' : 'There are no jobs yet.'}>
          {isFiltered ? <Link to="/jobs">Show all</Link> : <Link to="/workflows">Run a workflow</Link>}
        </Empty>
      )}
      {jobs.length > 0 && (
        <JobRows
          jobs={jobs}
          chosen={chosen}
          choose={setChosen}
          readOlder={mayReadOlder ? () => void list.fetchNextPage() : undefined}
        />
      )}
      <LookFurther
        parts={list.data?.pages.length ?? 0}
        found={jobs.length}
        readOlder={mayReadOlder ? () => void list.fetchNextPage() : undefined}
      />
      {list.isFetchingNextPage && (
        <p className="p-3 text-center text-sm text-soft">Older jobs are on their way …</p>
      )}
    </>
  );
}

/** One answer looks at so many jobs for a text, and may find none. Further ones are looked at by themselves, up to a bound. */
function LookFurther({
  parts,
  found,
  readOlder,
}: {
  parts: number;
  found: number;
  readOlder: (() => void) | undefined;
}) {
  const isWanted = readOlder !== undefined && parts > 0 && found < foundEnough;
  const goesOn = isWanted && parts % lookedAtOnceMax !== 0;
  const latest = useRef(readOlder);
  latest.current = readOlder;
  useEffect(() => {
    if (goesOn) latest.current?.();
  }, [goesOn, parts]);
  if (!isWanted || goesOn) return null;
  return (
    <p className="p-3 text-center text-sm text-soft">
      {found === 0 ? 'Nothing among the newest jobs.' : 'There may be more among older jobs.'}{' '}
      <Button onClick={readOlder}>Look further back</Button>
    </p>
  );
}

/** A screenful, which the list then goes on from. */
const foundEnough = 20;
const lookedAtOnceMax = 10;

function JobFilters() {
  const filter = useSearch({ from: '/jobs' });
  const navigate = useNavigate({ from: '/jobs' });
  const workflows = useQuery(workflowsQuery);
  const tenants = useQuery(tenantsQuery);
  const set = (change: Record<string, string>): void => {
    const next = Object.entries({ ...filter, ...change }).filter(([, value]) => value !== '');
    void navigate({ search: Object.fromEntries(next), replace: true });
  };
  return (
    <Filters>
      <TextFilter label="Text" hint="Text or id" value={filter.search} pick={(search) => set({ search })} />
      <ChoiceFilter
        label="State"
        value={filter.state}
        all="Every state"
        choices={jobStates}
        pick={(state) => set({ state })}
      />
      <ChoiceFilter
        label="Workflow"
        value={filter.workflow}
        all="Every workflow"
        choices={(workflows.data ?? []).map(({ name }) => name)}
        pick={(workflow) => set({ workflow })}
      />
      <ChoiceFilter
        label="Tenant"
        value={filter.tenant}
        all="Every tenant"
        choices={(tenants.data ?? []).map(({ id }) => id)}
        pick={(tenant) => set({ tenant })}
      />
      <ChoiceFilter
        label="Door"
        value={filter.door}
        all="Every door"
        choices={doors}
        pick={(door) => set({ door })}
      />
      <ChoiceFilter
        label="Ended"
        value={filter.since}
        all="Ended or not"
        choices={sinceChoices}
        words={sinceWords}
        pick={(since) => set({ since })}
      />
      <TextFilter label="Node" value={filter.node} pick={(node) => set({ node })} />
      <TextFilter
        label="Label"
        hint="label=value"
        pattern="[^=]+=.*"
        value={filter.label}
        pick={(label) => set({ label })}
      />
      {Object.keys(filter).length > 0 && (
        <Button look="quiet" onClick={() => void navigate({ search: {}, replace: true })}>
          Clear
        </Button>
      )}
    </Filters>
  );
}

const sinceWords: Record<string, string> = {
  '1h': 'ended in the last hour',
  '1d': 'ended in the last day',
  '7d': 'ended in the last week',
};

/** Where jobs come in. */
const doors = ['v1', 'compat-5014', 'native', 'api-v2', 'openai'];

const isOpen = ({ state }: Job): boolean => state === 'queued' || state === 'delayed' || state === 'active';

/** Offered where the filter says nothing that many jobs cannot be cancelled by. */
function CancelAll({ filter }: { filter: JobsSearch }) {
  const cancel = useCancelAll();
  const confirm = useConfirm();
  const { state, workflow, tenant, ...more } = filter;
  const mayCancel = useMay('submit');
  const isOfOpen = state === undefined || state === 'queued' || state === 'delayed' || state === 'active';
  if (!mayCancel || !isOfOpen || Object.keys(more).length > 0 || (state ?? workflow ?? tenant) === undefined)
    return null;
  const what = [
    state === undefined ? 'that has not ended' : state === 'active' ? 'that runs' : `that is ${state}`,
    workflow && `of ${workflow}`,
    tenant && `of the tenant ${tenant}`,
  ]
    .filter(Boolean)
    .join(', ');
  const want = async (): Promise<void> => {
    const yes = await confirm({
      title: 'Cancel all of them?',
      text: `Every job ${what}, also those further down the list. This cannot be taken back.`,
      deed: 'Cancel all',
      dangerous: true,
    });
    if (yes)
      cancel.mutate({ ...(state && { state }), ...(workflow && { workflow }), ...(tenant && { tenant }) });
  };
  return (
    <Button look="danger" disabled={cancel.isPending} onClick={() => void want()}>
      {cancel.isPending ? 'Cancelling …' : 'Cancel all of these'}
    </Button>
  );
}

function Chosen({ jobs, chosen, clear }: { jobs: Job[]; chosen: ReadonlySet<string>; clear: () => void }) {
  const cancel = useCancel();
  const again = useRunAllAgain();
  const priority = usePriority();
  const confirm = useConfirm();
  const mayCancel = useMay('submit');
  if (chosen.size === 0 || !mayCancel) return null;
  const open = jobs.filter((job) => chosen.has(job.id) && isOpen(job)).map(({ id }) => id);
  const waiting = jobs.filter(
    ({ id, state }) => chosen.has(id) && (state === 'queued' || state === 'delayed'),
  );
  const ask = async (): Promise<void> => {
    const yes = await confirm({
      title: `Cancel ${count(open.length, 'job')}?`,
      text: 'What runs is stopped, what waits never runs. Results that are there already are kept.',
      deed: `Cancel ${count(open.length, 'job')}`,
      dangerous: true,
    });
    if (yes) cancel.mutate(open, { onSuccess: clear });
  };
  return (
    <div className="card sticky top-2 z-20 mb-3 flex flex-wrap items-center gap-2 p-2 text-sm">
      <span className="px-2">{count(chosen.size, 'job')} chosen</span>
      <Button look="danger" disabled={open.length === 0 || cancel.isPending} onClick={() => void ask()}>
        {cancel.isPending
          ? 'Cancelling …'
          : `Cancel ${open.length === chosen.size ? '' : `the ${open.length} that have not ended`}`}
      </Button>
      {waiting.length > 0 && (
        <PriorityChoice
          disabled={priority.isPending}
          pick={(wanted) => priority.mutate({ jobs: waiting, priority: wanted })}
        />
      )}
      <Button
        disabled={again.isPending}
        title="New jobs with the same inputs"
        onClick={() => again.mutate([...chosen], { onSuccess: clear })}
      >
        {again.isPending ? 'Sending …' : 'Run again'}
      </Button>
      <Button look="quiet" onClick={clear}>
        Choose none
      </Button>
    </div>
  );
}
