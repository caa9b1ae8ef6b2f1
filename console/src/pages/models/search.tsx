/** Every file or node class of every node, found on the server. */
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useDeferredValue, useState } from 'react';
import { inventoryQuery } from '../../api/queries';
import type { Inventory } from '../../api/shapes';
import { Badge, Card } from '../../ui/parts';
import { Loaded } from '../../ui/states';
import { Table } from '../../ui/table';
import { count, someOf } from '../../ui/words';

export function InventorySearch() {
  const [wanted, setWanted] = useState('');
  const [kind, setKind] = useState<'file' | 'class'>('file');
  const inventory = useQuery(inventoryQuery(useDeferredValue(wanted.trim()), kind));
  return (
    <Card
      title="Everything on the nodes"
      side={
        <span className="flex flex-wrap gap-2">
          <select
            aria-label="Kind"
            className="field text-sm"
            value={kind}
            onChange={({ target }) => setKind(target.value === 'class' ? 'class' : 'file')}
          >
            <option value="file">Model files</option>
            <option value="class">Node classes</option>
          </select>
          <input
            type="search"
            aria-label="Search the nodes"
            placeholder="A part of the name"
            className="field w-56 text-sm"
            value={wanted}
            onChange={({ target }) => setWanted(target.value)}
          />
        </span>
      }
    >
      <Loaded query={inventory}>{(data) => <Found inventory={data} />}</Loaded>
    </Card>
  );
}

const namedMax = 6;

function Found({ inventory: { total, entries } }: { inventory: Inventory }) {
  if (total === 0) return <p className="text-sm text-soft">No node has anything of that name.</p>;
  return (
    <>
      <Table label="Found on the nodes" heads={['Name', 'On', 'In memory on', 'Needed by']}>
        {entries.map(({ name, node_count: nodes, nodes: some, in_memory: holding, workflows }) => (
          <tr key={name} className="border-t border-line align-top">
            <th scope="row" className="max-w-lg py-2 pr-4 font-mono text-xs font-normal break-all">
              {name}
            </th>
            <td className="py-2 pr-4">
              <Badge title={some.join(', ')}>{count(nodes, 'node')}</Badge>
            </td>
            <td className="py-2 pr-4 text-soft" title={holding.join(', ')}>
              {holding.length === 0 ? '–' : someOf(holding, namedMax)}
            </td>
            <td className="py-2">
              {workflows.map((workflow) => (
                <Link
                  key={workflow}
                  to="/workflows/$name"
                  params={{ name: workflow }}
                  className="block text-ink"
                >
                  {workflow}
                </Link>
              ))}
            </td>
          </tr>
        ))}
      </Table>
      {total > entries.length && (
        <p className="mt-2 text-xs text-soft">
          The first {entries.length} of {total.toLocaleString()}: search for a part of the name.
        </p>
      )}
    </>
  );
}
