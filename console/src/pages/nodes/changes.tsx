/** Who changed this node, and when: for those who may read the audit. */
import { useInfiniteQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { auditQuery } from '../../api/audit';
import { Ago, Badge, Card } from '../../ui/parts';
import { Loaded } from '../../ui/states';

const shownMax = 10;

export function Changes({ id }: { id: string }) {
  const audit = useInfiniteQuery(auditQuery({ kind: 'node', principal: undefined }));
  const path = `/v1/nodes/${encodeURIComponent(id)}`;
  return (
    <Card
      title="What was changed"
      side={
        <Link to="/audit" className="text-sm text-accent no-underline hover:underline">
          All changes
        </Link>
      }
    >
      <Loaded query={audit} lines={2}>
        {({ pages }) => {
          const here = pages
            .flatMap(({ entries }) => entries)
            .filter(({ request }) => request.endsWith(` ${path}`) || request.includes(` ${path}/`));
          if (here.length === 0) return <p className="text-sm text-soft">Nothing of late.</p>;
          return (
            <ul className="divide-y divide-line text-sm">
              {here
                .slice(0, shownMax)
                .map(({ id: entry, request, principal, known_by: knownBy, at, status }) => (
                  <li key={entry} className="flex flex-wrap justify-between gap-2 py-1.5">
                    <span className="min-w-0 font-mono text-xs break-all">
                      {request.replace(path, '').replace(/ \/?/, ' ').trim()}{' '}
                      {status !== null && status >= 400 && <Badge tone="bad">refused: {status}</Badge>}
                    </span>
                    <span className="text-xs text-soft">
                      {principal ?? knownBy} · <Ago at={at} />
                    </span>
                  </li>
                ))}
            </ul>
          );
        }}
      </Loaded>
    </Card>
  );
}
