import type { Attempt } from '../../api/shapes';
import { NodeLink } from '../../ui/node-link';
import { Ago, Badge, Card } from '../../ui/parts';
import { Table } from '../../ui/table';
import { outcomeWords, span } from '../../ui/words';

export function Attempts({ attempts }: { attempts: Attempt[] }) {
  return (
    <Card title="Attempts">
      <Table label="Attempts" heads={['No', 'Node', 'How it ended', 'Ran', 'Begun', 'What the node said']}>
        {attempts.map((attempt) => (
          <tr key={attempt.prompt_id} className="border-t border-line align-top">
            <td className="py-2 pr-4 tabular-nums">{attempt.no}</td>
            <td className="py-2 pr-4">
              <NodeLink id={attempt.node_id} />
            </td>
            <td className="py-2 pr-4">
              <Badge tone={attempt.outcome === null ? 'accent' : toneOf(attempt.outcome)}>
                {attempt.outcome === null
                  ? attempt.state
                  : (outcomeWords[attempt.outcome] ?? attempt.outcome)}
              </Badge>
            </td>
            <td className="py-2 pr-4 tabular-nums">{ranOf(attempt)}</td>
            <td className="py-2 pr-4 whitespace-nowrap">
              <Ago at={attempt.created_at} />
            </td>
            <td className="max-w-md py-2 break-words text-soft">{attempt.error?.message ?? '–'}</td>
          </tr>
        ))}
      </Table>
    </Card>
  );
}

const calm = new Set(['cancelled', 'withdrawn', 'interrupted']);
const toneOf = (outcome: string) => (outcome === 'ok' ? 'good' : calm.has(outcome) ? 'warn' : 'bad');

const ranOf = ({ running_at: from, closed_at: to }: Attempt): string =>
  from !== null && to !== null ? span(Date.parse(to) - Date.parse(from)) : '–';
