/** What tenants used, by the day: GPU seconds as bars, with the jobs behind them. */
import { useQuery } from '@tanstack/react-query';
import { usageQuery } from '../../api/queries';
import type { Usage } from '../../api/shapes';
import { Card } from '../../ui/parts';
import { Loaded } from '../../ui/states';
import { Table } from '../../ui/table';
import { count, span } from '../../ui/words';

const days = 7;

export function UsedByDay() {
  const usage = useQuery(usageQuery(days));
  return (
    <Card title="Used in the last seven days">
      <Loaded query={usage} lines={3}>
        {({ usage: lines, to }) =>
          lines.length === 0 ? (
            <p className="text-sm text-soft">Nothing has run in these days.</p>
          ) : (
            <Days lines={lines} to={to} />
          )
        }
      </Loaded>
    </Card>
  );
}

function Days({ lines, to }: { lines: Usage['usage']; to: string }) {
  const dates = Array.from({ length: days }, (_, at) =>
    new Date(Date.parse(to) - (days - 1 - at) * 86_400_000).toISOString().slice(0, 10),
  );
  const most = Math.max(1, ...lines.map(({ gpu_seconds: s }) => s));
  const tenants = [...new Set(lines.map(({ tenant }) => tenant ?? ''))];
  return (
    <Table label="Use by day" heads={['Tenant', 'Jobs', 'GPU time', ...dates.map((date) => date.slice(5))]}>
      {tenants.map((tenant) => {
        const own = lines.filter((line) => line.tenant === tenant);
        return (
          <tr key={tenant} className="border-t border-line">
            <th scope="row" className="py-2 pr-4 font-medium">
              {tenant}
            </th>
            <td className="py-2 pr-4 tabular-nums">{sum(own, 'jobs').toLocaleString()}</td>
            <td className="py-2 pr-4 whitespace-nowrap tabular-nums">
              {span(sum(own, 'gpu_seconds') * 1000)}
            </td>
            {dates.map((date) => (
              <Day key={date} line={own.find(({ day }) => day === date)} most={most} />
            ))}
          </tr>
        );
      })}
    </Table>
  );
}

const sum = (lines: Usage['usage'], key: 'jobs' | 'gpu_seconds'): number =>
  lines.reduce((all, line) => all + line[key], 0);

function Day({ line, most }: { line: Usage['usage'][number] | undefined; most: number }) {
  if (!line) return <td className="py-2 pr-4 text-soft">–</td>;
  const { jobs, gpu_seconds: used } = line;
  return (
    <td className="py-2 pr-4" title={`${count(jobs, 'job')}, ${span(used * 1000)} of GPU time`}>
      <span className="block whitespace-nowrap text-xs tabular-nums">{span(used * 1000)}</span>
      <span aria-hidden className="mt-1 block h-1.5 w-16 overflow-hidden rounded-full bg-sunk">
        <span className="block h-full rounded-full bg-accent" style={{ width: `${(used / most) * 100}%` }} />
      </span>
    </td>
  );
}
