/** What only some want to see of a job: opened when they ask for it. */
import { useQuery } from '@tanstack/react-query';
import { stringify } from 'lossless-json';
import { lazy, type ReactNode, Suspense, useState } from 'react';
import { useSeesContent } from '../../api/me';
import { usePreview } from '../../api/previews';
import { jobGraphQuery } from '../../api/queries';
import type { JobDetail } from '../../api/shapes';
import { Code } from '../../ui/copy';
import { Loaded, Loading } from '../../ui/states';

const GraphView = lazy(async () => import('./graph'));

export function Details({ job }: { job: JobDetail }) {
  const seesContent = useSeesContent(job.tenant);
  return (
    <>
      {seesContent && (
        <>
          <Opened title="The graph that it runs">
            <GraphOf job={job} />
          </Opened>
          <Opened title="What it was asked with">
            <AskedWith job={job} />
          </Opened>
        </>
      )}
      <Opened title="The record as it is">
        <Code text={JSON.stringify(job, null, 2)} label="record" />
      </Opened>
    </>
  );
}

function Opened({ title, children }: { title: string; children: ReactNode }) {
  const [open, setOpen] = useState(false);
  return (
    <details className="card p-4" onToggle={({ currentTarget }) => setOpen(currentTarget.open)}>
      <summary className="cursor-pointer text-sm font-semibold">{title}</summary>
      {open && <div className="mt-3">{children}</div>}
    </details>
  );
}

function GraphOf({ job }: { job: JobDetail }) {
  const asked = useQuery(jobGraphQuery(job.id));
  const preview = usePreview(job.id);
  return (
    <Loaded query={asked}>
      {({ graph }) =>
        graph ? (
          <Suspense fallback={<Loading />}>
            <GraphView graph={graph} lit={job.state === 'active' ? (preview?.graph_node ?? null) : null} />
          </Suspense>
        ) : (
          <p className="text-sm text-soft">It can no longer be made from what was kept.</p>
        )
      }
    </Loaded>
  );
}

function AskedWith({ job }: { job: JobDetail }) {
  const asked = useQuery(jobGraphQuery(job.id));
  return (
    <Loaded query={asked}>
      {({ exact }) => <Code text={stringify(exact.inputs ?? exact.graph, null, 2) ?? ''} label="inputs" />}
    </Loaded>
  );
}
