/** A node's last hours as bars, and what it holds in memory. */
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { residencyOfOneSeconds } from '../../api/pace';
import { residencyQuery, timeLineQuery } from '../../api/queries';
import type { NodeRun, NodeTimeLine, Residency } from '../../api/shapes';
import { Ago, Card } from '../../ui/parts';
import { Loaded } from '../../ui/states';
import { bytes, clockTime, gigabytes, outcomeWords, span } from '../../ui/words';

const spans = [1, 3, 12, 24];

export function NodeLife({ id }: { id: string }) {
  const [hours, setHours] = useState(1);
  const timeLine = useQuery(timeLineQuery(id, hours));
  return (
    <Card
      title="Its last hours"
      side={
        <select
          aria-label="How far back"
          className="field text-sm"
          value={hours}
          onChange={({ target }) => setHours(Number(target.value))}
        >
          {spans.map((option) => (
            <option key={option} value={option}>
              {option === 1 ? '1 hour' : `${option} hours`}
            </option>
          ))}
        </select>
      }
    >
      <Loaded query={timeLine} lines={2}>
        {(data) => <Bars timeLine={data} />}
      </Loaded>
    </Card>
  );
}

function Bars({ timeLine: { from, to, runs, busy_share: busy, truncated } }: { timeLine: NodeTimeLine }) {
  const [beginMs, endMs] = [Date.parse(from), Date.parse(to)];
  const place = (ms: number): string =>
    `${(Math.min(1, Math.max(0, (ms - beginMs) / (endMs - beginMs))) * 100).toFixed(3)}%`;
  return (
    <>
      <p className="mb-2 text-sm">
        Busy {Math.round(busy * 100)} % of the time, {runs.length} runs
        {truncated && ' (older ones are not shown)'}.
      </p>
      <div
        role="img"
        aria-label={`Runs of the last hours, busy ${Math.round(busy * 100)} %`}
        className="relative h-8 overflow-hidden rounded-md bg-sunk"
      >
        {runs.map((run) => (
          <RunBar key={run.prompt_id} run={run} endMs={endMs} place={place} />
        ))}
      </div>
      <p className="mt-1 flex justify-between text-xs text-soft">
        <span>{new Date(from).toLocaleTimeString()}</span>
        <span className="flex gap-3">
          <Key colour="var(--kind-3)" name="loads, sets up" />
          <Key colour="var(--kind-1)" name="runs" />
          <Key colour="var(--kind-7)" name="failed" />
        </span>
        <span>{new Date(to).toLocaleTimeString()}</span>
      </p>
      <ul className="mt-3 divide-y divide-line text-sm">
        {runs
          .toReversed()
          .slice(0, 8)
          .map((run) => (
            <li key={run.prompt_id} className="flex justify-between gap-2 py-1.5">
              <Link to="/jobs/$id" params={{ id: run.job_id }} className="min-w-0 truncate text-ink">
                {run.workflow ?? 'graph'}
              </Link>
              <span className="shrink-0 text-xs text-soft">
                {run.outcome === null ? run.state : (outcomeWords[run.outcome] ?? run.outcome)} ·{' '}
                <Ago at={run.placed_at} />
              </span>
            </li>
          ))}
      </ul>
    </>
  );
}

function RunBar({ run, endMs, place }: { run: NodeRun; endMs: number; place: (ms: number) => string }) {
  if (run.run_from === null) return null;
  const fromMs = Date.parse(run.run_from);
  const toMs = run.run_to === null ? endMs : Date.parse(run.run_to);
  const readyMs = Math.min(toMs, fromMs + (run.set_up_ms ?? 0));
  const bad = run.outcome !== null && !['ok', 'cancelled', 'withdrawn', 'interrupted'].includes(run.outcome);
  const title = `${run.workflow ?? 'graph'}, ${clockTime(run.run_from)}, ${span(toMs - fromMs)}`;
  const style = (from: number, to: number, background: string) => ({
    left: place(from),
    width: `max(1px, calc(${place(to)} - ${place(from)}))`,
    background,
  });
  return (
    <>
      <div
        title={title}
        className="absolute inset-y-0"
        style={style(fromMs, toMs, bad ? 'var(--kind-7)' : 'var(--kind-1)')}
      />
      {readyMs > fromMs && (
        <div title={title} className="absolute inset-y-0" style={style(fromMs, readyMs, 'var(--kind-3)')} />
      )}
    </>
  );
}

const sizeOf = (models: Residency['models']): number =>
  models.reduce((sum, { size_bytes: size }) => sum + (size ?? 0), 0);

const Key = ({ colour, name }: { colour: string; name: string }) => (
  <span className="flex items-center gap-1">
    <span aria-hidden className="size-2 rounded-full" style={{ background: colour }} />
    {name}
  </span>
);

export function Memory({ id }: { id: string }) {
  const residency = useQuery({ ...residencyQuery(id), refetchInterval: residencyOfOneSeconds * 1000 });
  return (
    <Card title="What it holds in memory">
      <Loaded query={residency} lines={2}>
        {({ memory, models }) => (
          <>
            {memory && (
              <p className="mb-2 text-sm">
                {gigabytes(memory.vram_total_bytes - memory.vram_free_bytes)} of{' '}
                {gigabytes(memory.vram_total_bytes)} of the card are in use, as it tells.
                {sizeOf(models) > memory.vram_total_bytes &&
                  ' What does not fit there waits in the memory of its machine.'}
              </p>
            )}
            {models.length === 0 && <p className="text-sm text-soft">No model, as far as we know.</p>}
            <ul className="space-y-2 text-sm">
              {models.map((model) => (
                <li key={model.name}>
                  <span className="flex justify-between gap-2">
                    <span className="min-w-0 break-all">{model.name}</span>
                    <span className="shrink-0 text-soft">
                      {model.size_bytes === null ? '' : bytes(model.size_bytes)}
                    </span>
                  </span>
                  <span className="block text-xs text-soft">
                    {model.evidence}{' '}
                    {model.last_job_id && model.last_used_at && (
                      <Link to="/jobs/$id" params={{ id: model.last_job_id }} className="text-soft">
                        <Ago at={model.last_used_at} />
                      </Link>
                    )}
                  </span>
                </li>
              ))}
            </ul>
          </>
        )}
      </Loaded>
    </Card>
  );
}
