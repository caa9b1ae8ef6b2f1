import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { Upload } from 'lucide-react';
import { useMay } from '../../api/me';
import { readinessQuery, workflowsQuery } from '../../api/queries';
import type { Readiness, WorkflowSummary } from '../../api/shapes';
import { Badge, buttonClasses, Card, PageHead } from '../../ui/parts';
import { Empty, Loaded } from '../../ui/states';
import { count } from '../../ui/words';
import { Matrix } from './matrix';

export function WorkflowsPage() {
  const workflows = useQuery(workflowsQuery);
  const readiness = useQuery(readinessQuery);
  const mayPublish = useMay('operator');
  return (
    <>
      <PageHead title="Workflows" sub="Named graphs that programs and people run by their inputs.">
        {mayPublish && (
          <Link to="/publish" className={buttonClasses('main')}>
            <Upload size={15} aria-hidden /> Publish a workflow
          </Link>
        )}
      </PageHead>
      <Loaded query={workflows}>
        {(all) =>
          all.length === 0 ? (
            <Empty title="There is no workflow yet.">
              Publish a file that ComfyUI’s editor saved, or a picture that it made.
            </Empty>
          ) : (
            <div className="space-y-4">
              <ul className="grid gap-3 md:grid-cols-2 xl:grid-cols-3">
                {all.map((workflow) => (
                  <WorkflowCard key={workflow.name} workflow={workflow} readiness={readiness.data} />
                ))}
              </ul>
              <Card title="Which node can run which workflow">
                <Loaded query={readiness}>{(data) => <Matrix readiness={data} />}</Loaded>
              </Card>
            </div>
          )
        }
      </Loaded>
    </>
  );
}

function WorkflowCard({
  workflow,
  readiness,
}: {
  workflow: WorkflowSummary;
  readiness: Readiness | undefined;
}) {
  const judged = readiness?.workflows.find(({ name }) => name === workflow.name);
  return (
    <li>
      <Link
        to="/workflows/$name"
        params={{ name: workflow.name }}
        className="card flex h-full flex-col gap-2 p-4 text-ink no-underline hover:border-accent"
      >
        <span className="flex items-start justify-between gap-2">
          <span className="min-w-0">
            <span className="block font-medium break-words">{workflow.title}</span>
            {workflow.title !== workflow.name && (
              <span className="block font-mono text-xs break-all text-soft">{workflow.name}</span>
            )}
          </span>
          {judged && (
            <Badge tone={judged.ready ? 'good' : 'bad'}>
              {judged.ready ? count(judged.able_nodes, 'node') : 'no node'}
            </Badge>
          )}
        </span>
        <span className="line-clamp-3 text-sm text-soft">{workflow.description}</span>
      </Link>
    </li>
  );
}
