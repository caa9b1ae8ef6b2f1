/** How many jobs ended each minute and how long they had waited, of the last hour. */
import 'uplot/dist/uPlot.min.css';
import { memo, useEffect, useMemo, useRef } from 'react';
import UPlot from 'uplot';
import type { Minute } from '../../api/shapes';
import { span } from '../../ui/words';

const heightPx = 110;

const colourOf = (name: string): string =>
  getComputedStyle(document.documentElement).getPropertyValue(name).trim();

/** Drawn anew when the figures are new, not with each tick of the page's clock. */
export default memo(LastHour);

function LastHour({ minutes: told }: { minutes: Minute[] }) {
  const minutes = useMemo(() => wholeHour(told), [told]);
  const times = minutes.map(({ at }) => Date.parse(at) / 1000);
  const sum = (key: 'submitted' | 'succeeded' | 'failed') =>
    minutes.reduce((all, minute) => all + minute[key], 0);
  const waits = minutes.flatMap(({ wait_p95_s: wait }) => wait ?? []);
  const worst = waits.length > 0 ? span(Math.max(...waits) * 1000) : null;
  if (told.length === 0) return <p className="text-sm text-soft">Nothing came or ended.</p>;
  return (
    <>
      <p className="text-sm">
        {sum('submitted').toLocaleString()} came, {sum('succeeded').toLocaleString()} succeeded,{' '}
        <span className={sum('failed') > 0 ? 'text-bad' : ''}>{sum('failed').toLocaleString()} failed</span>.
        {worst !== null && ` In the worst minute 95 of 100 waited less than ${worst}.`}
      </p>
      <Chart
        label="Ended by the minute: succeeded and failed"
        times={times}
        lines={[
          { name: 'succeeded', colour: '--good', values: minutes.map(({ succeeded }) => succeeded) },
          { name: 'failed', colour: '--bad', values: minutes.map(({ failed }) => failed) },
        ]}
      />
      <Chart
        label="Wait in seconds by the minute: half of the jobs, and 95 of 100"
        unit=" s"
        times={times}
        lines={[
          { name: 'wait, half', colour: '--kind-1', values: minutes.map(({ wait_p50_s: wait }) => wait) },
          { name: 'wait, 95 %', colour: '--kind-3', values: minutes.map(({ wait_p95_s: wait }) => wait) },
        ]}
      />
    </>
  );
}

/** Minutes in which nothing happened are not told: they are zeros, and waits of nobody. */
function wholeHour(told: readonly Minute[]): Minute[] {
  if (told.length === 0) return [];
  const known = new Map(told.map((minute) => [Math.floor(Date.parse(minute.at) / 60_000), minute]));
  const last = Math.max(...known.keys());
  return Array.from({ length: 60 }, (_, index) => {
    const minute = last - 59 + index;
    const none = { submitted: 0, succeeded: 0, failed: 0, cancelled: 0, expired: 0 };
    return (
      known.get(minute) ?? {
        at: new Date(minute * 60_000).toISOString(),
        ...none,
        wait_p50_s: null,
        wait_p95_s: null,
      }
    );
  });
}

const clockOf = (tickS: number): string =>
  new Date(tickS * 1000).toLocaleTimeString(undefined, { hour: 'numeric', minute: '2-digit' });

interface Line {
  name: string;
  colour: string;
  values: (number | null)[];
}

function Chart({
  label,
  times,
  lines,
  unit = '',
}: {
  label: string;
  times: number[];
  lines: Line[];
  unit?: string;
}) {
  const place = useRef<HTMLDivElement>(null);
  const plot = useRef<UPlot>(undefined);
  const data: UPlot.AlignedData = [times, ...lines.map(({ values }) => values)];
  const latest = useRef(data);
  latest.current = data;
  const isAlone = !lines.some(({ values }) => values.filter((value) => value !== null).length > 2);
  const names = lines.map(({ name, colour }) => `${name} ${colour}`).join('|');
  useEffect(() => {
    const element = place.current;
    if (!element) return;
    const told = (_plot: UPlot, ticks: number[]) => ticks.map((tick) => `${tick}${unit}`);
    const axis = {
      stroke: colourOf('--soft'),
      grid: { stroke: colourOf('--line'), width: 1 },
      ticks: { show: false },
    };
    const made = new UPlot(
      {
        width: element.clientWidth,
        height: heightPx,
        cursor: { show: false },
        legend: { show: false },
        axes: [
          { ...axis, space: 70, values: (_plot, ticks) => ticks.map(clockOf) },
          { ...axis, size: 44, values: told },
        ],
        scales: { y: { range: (_plot, _low, high) => [0, Math.max(1, high * 1.1)] } },
        series: [
          {},
          ...names.split('|').map((line) => {
            const [, colour = ''] = /(\S+)$/.exec(line) ?? [];
            return { stroke: colourOf(colour), width: 2, points: { show: isAlone, size: 5 }, spanGaps: true };
          }),
        ],
      },
      latest.current,
      element,
    );
    plot.current = made;
    const observer = new ResizeObserver(() => made.setSize({ width: element.clientWidth, height: heightPx }));
    observer.observe(element);
    return () => {
      observer.disconnect();
      made.destroy();
    };
  }, [names, isAlone, unit]);
  useEffect(() => plot.current?.setData(data), [data]);
  return (
    <figure className="mt-3">
      <div ref={place} role="img" aria-label={label} />
      <figcaption className="flex gap-4 text-xs text-soft">
        {lines.map(({ name, colour }) => (
          <span key={name} className="flex items-center gap-1.5">
            <span aria-hidden className="h-0.5 w-3" style={{ background: `var(${colour})` }} />
            {name}
          </span>
        ))}
      </figcaption>
    </figure>
  );
}
