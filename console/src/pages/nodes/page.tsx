import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useWindowVirtualizer } from '@tanstack/react-virtual';
import { Plus } from 'lucide-react';
import { useMemo, useRef, useState } from 'react';
import { useAdmission } from '../../api/deeds';
import { useJobsAt } from '../../api/jobs-at';
import { useMay } from '../../api/me';
import { nodesQuery } from '../../api/queries';
import type { ComfyNode, Job } from '../../api/shapes';
import { Ago, Badge, Button, PageHead } from '../../ui/parts';
import { Empty, Loaded } from '../../ui/states';
import { count, gigabytes } from '../../ui/words';
import { AddNode } from './add-node';
import { idleWords, stateOfNode } from './node-state';

const rowPx = 56;

export function NodesPage() {
  const nodes = useQuery(nodesQuery);
  const [adding, setAdding] = useState(false);
  const mayAdd = useMay('operator');
  const [wanted, setWanted] = useState('');
  const shown = useMemo(() => (nodes.data ?? []).filter((node) => fits(node, wanted)), [nodes.data, wanted]);
  return (
    <>
      <PageHead title="Nodes" sub={nodes.data && count(nodes.data.length, 'ComfyUI server')}>
        <input
          type="search"
          aria-label="Filter nodes"
          placeholder="Name, GPU, label, state"
          className="field w-56 text-sm"
          value={wanted}
          onChange={(event) => setWanted(event.target.value)}
        />
        {mayAdd && (
          <Button look="main" onClick={() => setAdding(true)}>
            <Plus size={15} aria-hidden /> Add a node
          </Button>
        )}
      </PageHead>
      <Loaded query={nodes} lines={6}>
        {() =>
          shown.length > 0 ? (
            <Rows nodes={shown} />
          ) : (
            <Empty title={wanted === '' ? 'There is no node yet.' : 'No node fits this filter.'}>
              {wanted === '' && 'Add a ComfyUI server by its address, or name some in NODES.'}
            </Empty>
          )
        }
      </Loaded>
      {adding && <AddNode onClose={() => setAdding(false)} />}
    </>
  );
}

const fits = (node: ComfyNode, wanted: string): boolean =>
  [
    node.id,
    stateOfNode(node).word,
    node.source,
    ...node.devices.map(({ name }) => name),
    ...Object.entries(node.labels).map(([name, value]) => `${name}=${value}`),
  ].some((text) => text.toLowerCase().includes(wanted.trim().toLowerCase()));

function Rows({ nodes }: { nodes: ComfyNode[] }) {
  const place = useRef<HTMLDivElement>(null);
  const rows = useWindowVirtualizer({
    count: nodes.length,
    estimateSize: () => rowPx,
    overscan: 8,
    scrollMargin: place.current?.offsetTop ?? 0,
  });
  return (
    <div
      ref={place}
      role="list"
      aria-label="Nodes"
      className="card relative"
      style={{ height: rows.getTotalSize() + 2 }}
    >
      {rows.getVirtualItems().map((item) => {
        const node = nodes[item.index];
        return (
          node && (
            <div
              key={node.id}
              role="listitem"
              className="absolute inset-x-0 flex items-center gap-2 border-b border-line pr-3 last:border-b-0 hover:bg-sunk"
              style={{ height: rowPx, transform: `translateY(${item.start - rows.options.scrollMargin}px)` }}
            >
              <Row node={node} />
              <Admission node={node} />
            </div>
          )
        );
      })}
    </div>
  );
}

function Row({ node }: { node: ComfyNode }) {
  const jobs = useJobsAt(node.id);
  const { tone, word } = stateOfNode(node);
  const [device] = node.devices;
  return (
    <Link
      to="/nodes/$id"
      params={{ id: node.id }}
      className="grid h-full min-w-0 flex-1 grid-cols-[minmax(0,1fr)_auto] items-center gap-3 px-4 text-sm text-ink no-underline md:grid-cols-[minmax(0,1fr)_7rem_minmax(0,1fr)_minmax(0,1.4fr)_6rem]"
    >
      <span className="min-w-0">
        <span className="block truncate font-medium">{node.id}</span>
        <span className="block truncate text-xs text-soft">
          from {sourceWords[node.source] ?? node.source}
        </span>
      </span>
      <span>
        <Badge tone={tone}>{word}</Badge>
      </span>
      <span className="hidden truncate text-xs text-soft md:block">
        {device
          ? `${device.name.replace(/^NVIDIA (GeForce )?/, '')} · ${gigabytes(device.vram_total_bytes)}`
          : '–'}
      </span>
      <span className="hidden truncate text-xs text-soft md:block">{wordsOf(node, jobs)}</span>
      <span className="hidden text-right text-xs text-soft md:block">
        {node.last_seen_at ? <Ago at={node.last_seen_at} /> : 'never seen'}
      </span>
    </Link>
  );
}

function wordsOf(node: ComfyNode, jobs: Job[] | undefined): string {
  if (node.reason !== null || jobs === undefined) return node.reason ?? '';
  return jobs[0] ? `runs ${jobs[0].workflow ?? 'a graph'}` : idleWords(node);
}

/** Who named it. */
export const sourceWords: Record<string, string> = { env: 'NODES', api: 'the API', file: 'NODES_FILE' };

export function Admission({ node }: { node: ComfyNode }) {
  const { drain, undrain } = useAdmission();
  const mayDrain = useMay('operator');
  if (!mayDrain) return null;
  return node.admin === 'active' ? (
    <Button
      className="w-24"
      title="Finish what runs, take nothing new"
      aria-label={`Drain ${node.id}`}
      disabled={drain.isPending}
      onClick={() => drain.mutate(node.id)}
    >
      Drain
    </Button>
  ) : (
    <Button
      className="w-24"
      aria-label={`Undrain ${node.id}`}
      disabled={undrain.isPending}
      onClick={() => undrain.mutate(node.id)}
    >
      Undrain
    </Button>
  );
}
