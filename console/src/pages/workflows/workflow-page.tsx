import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useParams, useSearch } from '@tanstack/react-router';
import { lazy, Suspense } from 'react';
import { ApiError, tell } from '../../api/ask';
import { useMay } from '../../api/me';
import { readinessQuery, workflowQuery } from '../../api/queries';
import type { NodeGroup, Workflow } from '../../api/shapes';
import { useConfirm } from '../../ui/dialog';
import { NodeLink } from '../../ui/node-link';
import { Badge, Button, buttonClasses, Card, PageHead } from '../../ui/parts';
import { Empty, Loaded, Loading } from '../../ui/states';
import { useDeed } from '../../ui/toasts';
import { someOf } from '../../ui/words';
import { Ignored } from '../job/ignored';
import { MissingNames } from './matrix';
import { Versions } from './versions';

const RunForm = lazy(async () => import('./run-form'));

export function WorkflowPage() {
  const { name } = useParams({ from: '/workflows/$name' });
  const workflow = useQuery(workflowQuery(name));
  if (workflow.error instanceof ApiError && workflow.error.status === 404)
    return (
      <Empty isPage title={`There is no workflow “${name}”.`}>
        <Link to="/workflows">All workflows</Link>
      </Empty>
    );
  return <Loaded query={workflow}>{(data) => <Shown key={data.name} workflow={data} />}</Loaded>;
}

function Shown({ workflow }: { workflow: Workflow }) {
  const { name, title, description, inputs } = workflow;
  const { from } = useSearch({ from: '/workflows/$name' });
  const [mayRun, mayChange] = [useMay('submit'), useMay('operator')];
  return (
    <>
      <PageHead title={title} sub={[title === name ? '' : name, description].filter(Boolean).join(' · ')}>
        <Link to="/jobs" search={{ workflow: name }} className={buttonClasses()}>
          Its jobs
        </Link>
        {mayChange && <Forget name={name} />}
      </PageHead>
      <div className="grid gap-4 xl:grid-cols-2">
        <Card title="Run it">
          {Object.keys((inputs['properties'] as object | undefined) ?? {}).length === 0 && (
            <p className="mb-1 text-sm text-soft">It asks for nothing.</p>
          )}
          {mayRun ? (
            <Suspense fallback={<Loading />}>
              <RunForm name={name} schema={inputs} from={from} />
            </Suspense>
          ) : (
            <p className="text-sm text-soft">Your key may not run workflows.</p>
          )}
        </Card>
        <div className="min-w-0 space-y-4">
          <Ready name={name} />
          <Versions name={name} />
          <Needs workflow={workflow} />
        </div>
      </div>
    </>
  );
}

function Ready({ name }: { name: string }) {
  const readiness = useQuery(readinessQuery);
  return (
    <Card title="Nodes that can run it">
      <Loaded query={readiness} lines={2}>
        {({ groups, workflows, other_nodes: more }) => {
          const ignored = workflows.find((one) => one.name === name)?.ignored ?? [];
          const judged = groups.flatMap(({ nodes, workflows: cells }) => {
            const cell = cells.find((one) => one.name === name);
            return cell ? [{ nodes, cell }] : [];
          });
          const able = judged.filter(({ cell }) => cell.ready === true).flatMap(({ nodes }) => nodes);
          const others = judged.filter(({ cell }) => cell.ready !== true);
          const all = judged.reduce((sum, { nodes }) => sum + nodes.length, more);
          return (
            <>
              <p className="text-sm">
                {able.length > 0 ? `${able.length} of ${all}: ` : `None of ${all}.`}
                <span className="text-soft">
                  {someOf(
                    able.map(({ id, accepts_work }) => (accepts_work ? id : `${id} (takes no work now)`)),
                    namedMax,
                  )}
                </span>
              </p>
              {ignored.length > 0 && (
                <div className="mt-3">
                  <Ignored names={ignored} />
                </div>
              )}
              <ul className="mt-3 space-y-2">
                {others.slice(0, namedMax).map(({ nodes, cell }) => (
                  <li key={nodes[0]?.id} className="text-sm">
                    <span className="flex justify-between gap-2">
                      <Alike nodes={nodes} />
                      <Badge tone={cell.ready === false ? 'bad' : 'plain'}>
                        {cell.ready === false ? 'lacks' : 'not known'}
                      </Badge>
                    </span>
                    <MissingNames cell={cell} />
                  </li>
                ))}
              </ul>
            </>
          );
        }}
      </Loaded>
    </Card>
  );
}

const namedMax = 20;

function Alike({ nodes: [first, ...others] }: { nodes: NodeGroup['nodes'] }) {
  if (!first) return null;
  return (
    <span
      title={others
        .slice(0, namedMax)
        .map(({ id }) => id)
        .join(', ')}
    >
      <NodeLink id={first.id} className="text-ink" />
      {others.length > 0 && ` and ${others.length} alike`}
    </span>
  );
}

function Needs({ workflow: { requirements, outputs } }: { workflow: Workflow }) {
  const groups: [string, string[]][] = [
    ['Models', requirements.models],
    ['LoRAs', requirements.loras],
    ['Node classes', requirements.node_classes],
    ['Gives', outputs.map(({ kind, title }) => title ?? kind)],
  ];
  return (
    <Card title="What it needs and gives">
      <dl className="space-y-3 text-sm">
        {groups
          .filter(([, names]) => names.length > 0)
          .map(([group, names]) => (
            <div key={group}>
              <dt className="text-xs text-soft">{group}</dt>
              <dd className="mt-0.5">
                {group === 'Node classes' ? (
                  <span className="break-words">{names.join(', ')}</span>
                ) : (
                  names.map((name) => (
                    <span key={name} className="block break-all">
                      {name}
                    </span>
                  ))
                )}
              </dd>
            </div>
          ))}
      </dl>
    </Card>
  );
}

function Forget({ name }: { name: string }) {
  const confirm = useConfirm();
  const navigate = useNavigate();
  const forget = useDeed(
    async () => tell('delete', '/v1/workflows/{name}', { names: { name } }),
    () => ({ text: `${name} is forgotten; its jobs keep their versions.` }),
    () => void navigate({ to: '/workflows' }),
  );
  const want = async (): Promise<void> => {
    const yes = await confirm({
      title: `Forget ${name}?`,
      text: 'All its versions and channels go. Jobs that were asked for keep theirs and still run. A file in the folder of workflows brings it back.',
      deed: 'Forget the workflow',
      dangerous: true,
    });
    if (yes) forget.mutate();
  };
  return (
    <Button look="danger" disabled={forget.isPending} onClick={() => void want()}>
      Forget
    </Button>
  );
}
