import { useQuery } from '@tanstack/react-query';
import { read } from '../../api/ask';
import type { Difference } from '../../api/shapes';
import { Dialog } from '../../ui/dialog';
import { Loaded } from '../../ui/states';

type Place = Difference['added' | 'removed' | 'changed'][number];

/** What the newer version has, lacks, or has otherwise. */
export function Compare({
  name,
  from,
  to,
  onClose,
}: {
  name: string;
  from: string;
  to: string;
  onClose: () => void;
}) {
  const difference = useQuery({
    queryKey: ['workflow', name, 'compare', from, to],
    queryFn: async ({ signal }) =>
      read('/v1/workflows/{name}/compare', { names: { name }, query: { from, to }, signal }),
  });
  return (
    <Dialog title={`${from.slice(0, 10)} → ${to.slice(0, 10)}`} wide onClose={onClose}>
      <Loaded query={difference} lines={2}>
        {({ added, removed, changed }) =>
          added.length + removed.length + changed.length === 0 ? (
            <p className="text-sm text-soft">The graphs are equal; only the manifests differ.</p>
          ) : (
            <ul className="max-h-96 space-y-1 overflow-auto text-sm">
              {removed.map((place) => (
                <Line key={`- ${place.graph_node}`} sign="−" colour="text-bad" place={place} />
              ))}
              {added.map((place) => (
                <Line key={`+ ${place.graph_node}`} sign="+" colour="text-good" place={place} />
              ))}
              {changed.map((place) => (
                <Line key={`~ ${JSON.stringify(place)}`} sign="~" colour="text-warn" place={place} />
              ))}
            </ul>
          )
        }
      </Loaded>
    </Dialog>
  );
}

function Line({
  sign,
  colour,
  place: { graph_node: node, ...rest },
}: {
  sign: string;
  colour: string;
  place: Place;
}) {
  return (
    <li className="flex gap-2 font-mono text-xs">
      <span className={colour} aria-hidden>
        {sign}
      </span>
      <span className="min-w-0 break-all">
        {node}{' '}
        {Object.entries(rest)
          .map(([what, value]) => `${what}: ${JSON.stringify(value)}`)
          .join(', ')}
      </span>
    </li>
  );
}
