/** One tile a node. Thousands of them stay light: only those in view are there. */
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useWindowVirtualizer } from '@tanstack/react-virtual';
import { Pause, Play, X } from 'lucide-react';
import { type ReactNode, useEffect, useRef, useState } from 'react';
import { useAdmission, useCancel } from '../../api/deeds';
import { useJobsAt } from '../../api/jobs-at';
import { useMay } from '../../api/me';
import { pictureOf, usePreview } from '../../api/previews';
import { residencyQuery } from '../../api/queries';
import type { ComfyNode, Job, Residency } from '../../api/shapes';
import { useConfirm } from '../../ui/dialog';
import { Badge, ProgressBar, Until } from '../../ui/parts';
import { Empty } from '../../ui/states';
import { gigabytes, someOf } from '../../ui/words';
import { idleWords, stateOfNode } from '../nodes/node-state';

const tileMinPx = 270;
const tileHeightPx = 172;
const gapPx = 12;

export function Tiles({ nodes }: { nodes: ComfyNode[] }) {
  const place = useRef<HTMLDivElement>(null);
  const columns = useColumns(place);
  const rows = useWindowVirtualizer({
    count: Math.ceil(nodes.length / columns),
    estimateSize: () => tileHeightPx + gapPx,
    overscan: 3,
    scrollMargin: place.current?.offsetTop ?? 0,
  });
  if (nodes.length === 0)
    return (
      <Empty title="No node yet">
        Name your ComfyUI servers in <code>NODES</code>, or <Link to="/nodes">add one here</Link>.
      </Empty>
    );
  return (
    <div ref={place} className="relative" style={{ height: rows.getTotalSize() }}>
      {rows.getVirtualItems().map((row) => (
        <div
          key={row.key}
          className="absolute inset-x-0 grid"
          style={{
            transform: `translateY(${row.start - rows.options.scrollMargin}px)`,
            gridTemplateColumns: `repeat(${columns}, minmax(0, 1fr))`,
            gap: gapPx,
          }}
        >
          {nodes.slice(row.index * columns, (row.index + 1) * columns).map((node) => (
            <Tile key={node.id} node={node} />
          ))}
        </div>
      ))}
    </div>
  );
}

function useColumns(place: React.RefObject<HTMLDivElement | null>): number {
  const [columns, setColumns] = useState(1);
  useEffect(() => {
    if (!place.current) return;
    const observer = new ResizeObserver(([entry]) => {
      if (entry) setColumns(Math.max(1, Math.floor((entry.contentRect.width + gapPx) / (tileMinPx + gapPx))));
    });
    observer.observe(place.current);
    return () => observer.disconnect();
  }, [place]);
  return columns;
}

function Tile({ node }: { node: ComfyNode }) {
  const [job, next] = useJobsAt(node.id) ?? [];
  const { tone, word } = stateOfNode(node);
  const device = node.devices[0];
  return (
    <article
      className="card flex flex-col gap-2 p-3"
      style={{ height: tileHeightPx }}
      aria-label={`Node ${node.id}`}
    >
      <div className="flex items-center justify-between gap-2">
        <Link
          to="/nodes/$id"
          params={{ id: node.id }}
          className="min-w-0 truncate font-medium text-ink no-underline hover:underline"
        >
          {node.id}
        </Link>
        <span className="flex items-center gap-1">
          <Badge tone={tone}>{word}</Badge>
          <Admission node={node} />
        </span>
      </div>
      <p className="truncate text-xs text-soft">
        {device
          ? `${device.name.replace(/^NVIDIA (GeForce )?/, '')} · ${gigabytes(device.vram_total_bytes)}`
          : 'no device known'}
      </p>
      <MemoryBar node={node} />
      <div className="mt-auto">
        {job ? <Running job={job} /> : <Idle node={node} />}
        {next && (
          <p className="mt-1.5 truncate text-xs text-soft">
            next:{' '}
            <Link to="/jobs/$id" params={{ id: next.id }} className="text-soft">
              {next.workflow ?? 'graph'}
            </Link>
          </p>
        )}
      </div>
    </article>
  );
}

/** What of its memory is in use, and by which models, of the tiles in view alone. */
function MemoryBar({ node }: { node: ComfyNode }) {
  const { data } = useQuery(residencyQuery(node.id));
  if (!data) return null;
  const names = data.models.map(({ name }) => name.replace(/^.*\//, ''));
  return (
    <div title={names.join('\n')}>
      {data.memory && <Used id={node.id} {...data.memory} />}
      <p className="mt-1 truncate text-xs text-soft">
        {names.length === 0 ? 'no model in memory' : `holds ${someOf(names, 1)}`}
      </p>
    </div>
  );
}

function Used({
  id,
  vram_total_bytes: total,
  vram_free_bytes: free,
}: { id: string } & NonNullable<Residency['memory']>) {
  return (
    <div
      role="img"
      aria-label={`Memory of ${id}: ${gigabytes(total - free)} of ${gigabytes(total)} in use`}
      className="h-1 overflow-hidden rounded-full bg-sunk"
    >
      <div
        className="h-full rounded-full"
        style={{ width: `${((total - free) / total) * 100}%`, background: 'var(--kind-2)' }}
      />
    </div>
  );
}

/** A small button with a picture for its word. */
function IconButton({ label, deed, children }: { label: string; deed: () => void; children: ReactNode }) {
  return (
    <button
      type="button"
      aria-label={label}
      title={label}
      className="inline-flex size-7 shrink-0 items-center justify-center rounded-md text-soft hover:bg-sunk hover:text-ink"
      onClick={deed}
    >
      {children}
    </button>
  );
}

function Admission({ node: { id, admin } }: { node: ComfyNode }) {
  const { drain, undrain } = useAdmission();
  if (!useMay('operator')) return null;
  return admin === 'active' ? (
    <IconButton label={`Drain ${id}`} deed={() => drain.mutate(id)}>
      <Pause size={14} aria-hidden />
    </IconButton>
  ) : (
    <IconButton label={`Let ${id} take work again`} deed={() => undrain.mutate(id)}>
      <Play size={14} aria-hidden />
    </IconButton>
  );
}

function Running({ job }: { job: Job }) {
  const preview = usePreview(job.id);
  return (
    <div className="flex items-end gap-2">
      {preview && (
        <img src={pictureOf(preview)} alt="" className="size-14 shrink-0 rounded-md bg-sunk object-cover" />
      )}
      <Link to="/jobs/$id" params={{ id: job.id }} className="block min-w-0 flex-1 text-ink no-underline">
        <p className="mb-1.5 truncate text-sm hover:underline">{job.workflow ?? 'graph'}</p>
        <ProgressBar
          percent={job.progress}
          label={`Progress of ${job.workflow ?? 'a graph'} on ${job.node_id}`}
        />
        <p className="mt-1.5 flex justify-between text-xs text-soft tabular-nums">
          <span>{job.progress === null ? 'begins' : `${Math.round(job.progress)} %`}</span>
          {job.eta && (
            <span>
              <Until at={job.eta.end} /> left
            </span>
          )}
        </p>
      </Link>
      <CancelIt job={job} />
    </div>
  );
}

function CancelIt({ job }: { job: Job }) {
  const cancel = useCancel();
  const confirm = useConfirm();
  if (!useMay('submit') || job.cancel_requested) return null;
  const ask = async (): Promise<void> => {
    const yes = await confirm({
      title: `Cancel ${job.workflow ?? 'the graph'} on ${job.node_id}?`,
      text: 'It is stopped where it runs. This cannot be taken back.',
      deed: 'Cancel the job',
      dangerous: true,
    });
    if (yes) cancel.mutate([job.id]);
  };
  return (
    <IconButton label={`Cancel what runs on ${job.node_id}`} deed={() => void ask()}>
      <X size={14} aria-hidden />
    </IconButton>
  );
}

function Idle({ node }: { node: ComfyNode }) {
  return <p className="line-clamp-3 text-sm text-soft first-letter:uppercase">{idleWords(node)}</p>;
}
