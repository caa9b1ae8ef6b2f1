import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useParams } from '@tanstack/react-router';
import { useState } from 'react';
import { useNodeChange, useRemoveNode } from '../../api/deeds';
import { useJobsAt } from '../../api/jobs-at';
import { useMay } from '../../api/me';
import { nodesQuery, readinessQuery } from '../../api/queries';
import type { ComfyNode } from '../../api/shapes';
import { useConfirm } from '../../ui/dialog';
import { InputField } from '../../ui/form';
import { Ago, Badge, Button, Card, Fact, Facts, PageHead } from '../../ui/parts';
import { Empty, Loaded } from '../../ui/states';
import { gigabytes } from '../../ui/words';
import { namesOf } from '../overview/attention';
import { JobLines } from '../jobs/lines';
import { Changes } from './changes';
import { readLabels, writeLabels } from './labels';
import { Memory, NodeLife } from './node-life';
import { stateOfNode } from './node-state';
import { Admission, sourceWords } from './page';

export function NodePage() {
  const { id } = useParams({ from: '/nodes/$id' });
  const nodes = useQuery(nodesQuery);
  return (
    <Loaded query={nodes}>
      {(all) => {
        const node = all.find((one) => one.id === id);
        return node ? (
          <Shown node={node} />
        ) : (
          <Empty isPage title={`There is no node “${id}”.`}>
            <Link to="/nodes">All nodes</Link>
          </Empty>
        );
      }}
    </Loaded>
  );
}

function Shown({ node }: { node: ComfyNode }) {
  const { tone, word } = stateOfNode(node);
  const mayChange = useMay('operator');
  const mayReadAudit = useMay('admin');
  const here = useJobsAt(node.id) ?? [];
  return (
    <>
      <PageHead
        title={
          <span className="flex items-center gap-2">
            {node.id} <Badge tone={tone}>{word}</Badge>
          </span>
        }
        sub={node.url}
      >
        <Admission node={node} />
        {mayChange && <Remove node={node} />}
      </PageHead>
      <div className="space-y-4">
        {node.reason && <p className="rounded-xl bg-warn-bg px-4 py-3 text-sm text-warn">{node.reason}</p>}
        <div className="grid gap-4 xl:grid-cols-2">
          <Card title="What it does now">
            {here.length > 0 ? (
              <JobLines jobs={here} />
            ) : (
              <p className="text-sm text-soft">
                {node.admin === 'active' ? 'Nothing.' : 'Nothing: it is empty and can be worked on.'}
              </p>
            )}
          </Card>
          <CanRun node={node} />
        </div>
        <div className="grid gap-4 xl:grid-cols-2">
          <NodeLife id={node.id} />
          <Memory id={node.id} />
        </div>
        <Card title="Facts">
          <Facts>
            <Fact name="Takes work">{node.accepts_work ? 'yes' : 'no'}</Fact>
            <Fact name="Breaker">
              {node.breaker === 'closed' ? 'closed: it is trusted' : node.breaker.replace('_', ' ')}
            </Fact>
            <Fact name="Last seen">{node.last_seen_at ? <Ago at={node.last_seen_at} /> : 'never'}</Fact>
            <Fact name="Known from">{sourceWords[node.source] ?? node.source}</Fact>
            <Fact name="ComfyUI">{node.version ?? 'unknown'}</Fact>
            <Fact name="Flags">{node.flags.length > 0 ? node.flags.join(', ') : 'none'}</Fact>
            {node.devices.map((device) => (
              <Fact key={device.name} name={`Device (${device.type})`}>
                {device.name}, {gigabytes(device.vram_total_bytes)}
              </Fact>
            ))}
          </Facts>
        </Card>
        {mayReadAudit && <Changes id={node.id} />}
        {mayChange && <Settings key={`${node.weight} ${writeLabels(node.labels)}`} node={node} />}
      </div>
    </>
  );
}

function CanRun({ node }: { node: ComfyNode }) {
  const readiness = useQuery(readinessQuery);
  return (
    <Card title="What it can run">
      <Loaded query={readiness} lines={2}>
        {({ workflows, groups }) => {
          const judged = groups.find(({ nodes }) => nodes.some(({ id }) => id === node.id))?.workflows;
          return (
            <ul className="space-y-2 text-sm">
              {workflows.map(({ name }) => {
                const here = judged?.find((one) => one.name === name);
                return (
                  <li key={name}>
                    <div className="flex items-center justify-between gap-2">
                      <Link to="/workflows/$name" params={{ name }} className="min-w-0 truncate text-ink">
                        {name}
                      </Link>
                      <Badge tone={here?.ready === true ? 'good' : here?.ready === false ? 'bad' : 'plain'}>
                        {here?.ready === true
                          ? 'ready'
                          : here?.ready === false
                            ? 'lacks something'
                            : 'not known'}
                      </Badge>
                    </div>
                    {here?.missing && (
                      <p className="text-xs break-words text-soft">
                        lacks {namesOf(here.missing).join(', ')}
                      </p>
                    )}
                  </li>
                );
              })}
            </ul>
          );
        }}
      </Loaded>
    </Card>
  );
}

function Settings({ node }: { node: ComfyNode }) {
  const change = useNodeChange();
  const [weight, setWeight] = useState(String(node.weight));
  const [labels, setLabels] = useState(writeLabels(node.labels));
  return (
    <Card title="Settings">
      <form
        className="flex flex-wrap items-end gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          change.mutate({ id: node.id, weight: Number(weight), labels: readLabels(labels) });
        }}
      >
        <InputField
          label="Weight"
          hint="2 looks twice as fast, 0 gets no work"
          width="w-32"
          type="number"
          min={0}
          step="any"
          required
          value={weight}
          onValue={setWeight}
        />
        <InputField
          label="Labels"
          hint="name=value, separated by commas"
          width="w-72 max-w-full"
          value={labels}
          onValue={setLabels}
        />
        <Button type="submit" className="mb-5" disabled={change.isPending}>
          Save
        </Button>
      </form>
    </Card>
  );
}

function Remove({ node }: { node: ComfyNode }) {
  const confirm = useConfirm();
  const navigate = useNavigate();
  const remove = useRemoveNode(() => void navigate({ to: '/nodes' }));
  const isOurs = node.source === 'api' || node.leaving;
  const ask = async (): Promise<void> => {
    const yes = await confirm({
      title: `Forget ${node.id}?`,
      text: 'What it runs is placed elsewhere and begins anew there. The node can be added again later.',
      deed: 'Forget the node',
      dangerous: true,
    });
    if (yes) remove.mutate(node.id);
  };
  return (
    <Button
      look="danger"
      disabled={!isOurs || remove.isPending}
      title={isOurs ? undefined : `${node.source} names this node: take it out there, or drain it here`}
      onClick={() => void ask()}
    >
      Remove
    </Button>
  );
}
