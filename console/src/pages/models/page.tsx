/** Model × node: who has what the workflows need, and who lacks it. */
import { useQueries, useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useMemo, useState } from 'react';
import { readinessQuery, workflowQuery, workflowsQuery } from '../../api/queries';
import type { Readiness, Workflow } from '../../api/shapes';
import { NodeLink } from '../../ui/node-link';
import { Badge, Card, PageHead } from '../../ui/parts';
import { Empty, Loaded } from '../../ui/states';
import { Table } from '../../ui/table';
import { count } from '../../ui/words';
import { type ModelRow, rowsOf } from './rows';
import { InventorySearch } from './search';

export function ModelsPage() {
  const readiness = useQuery(readinessQuery);
  const workflows = useQuery(workflowsQuery);
  const details = useQueries({
    queries: (workflows.data ?? []).map(({ name }) => workflowQuery(name)),
    combine: (results) => results.flatMap(({ data }) => data ?? []),
  });
  const [wanted, setWanted] = useState('');
  return (
    <>
      <PageHead title="Models" sub="The files that the workflows need, and which nodes have them.">
        <input
          type="search"
          aria-label="Filter models"
          placeholder="File name"
          className="field w-56 text-sm"
          value={wanted}
          onChange={({ target }) => setWanted(target.value)}
        />
      </PageHead>
      <Loaded query={readiness} lines={6}>
        {(data) => <Models readiness={data} workflows={details} wanted={wanted.trim().toLowerCase()} />}
      </Loaded>
      <div className="mt-4">
        <InventorySearch />
      </div>
    </>
  );
}

function Models({
  readiness,
  workflows,
  wanted,
}: {
  readiness: Readiness;
  workflows: Workflow[];
  wanted: string;
}) {
  const all = useMemo(() => rowsOf(readiness, workflows), [readiness, workflows]);
  const rows = all.filter(({ file }) => file.toLowerCase().includes(wanted));
  if (rows.length === 0)
    return (
      <Empty title={all.length === 0 ? 'No workflow needs a model file.' : 'No file of that name.'}>
        {all.length === 0 && <Link to="/publish">Publish a workflow</Link>}
      </Empty>
    );
  return (
    <Card title="What the workflows need">
      <Table label="Models" heads={['File', 'Kind', 'On', 'Missing on', 'Needed by']}>
        {rows.map((row) => (
          <Row key={row.file} row={row} />
        ))}
      </Table>
    </Card>
  );
}

function Row({ row }: { row: ModelRow }) {
  return (
    <tr className="border-t border-line align-top">
      <th scope="row" className="max-w-md py-2 pr-4 font-mono text-xs font-normal break-all">
        {row.file}
      </th>
      <td className="py-2 pr-4 text-soft">{row.kind}</td>
      <td className="py-2 pr-4">
        <Badge tone={row.on.length > 0 ? 'good' : 'bad'}>{count(row.on.length, 'node')}</Badge>
      </td>
      <td className="py-2 pr-4">
        <Names names={row.missingOn} />
      </td>
      <td className="py-2">
        {row.workflows.map((name) => (
          <Link key={name} to="/workflows/$name" params={{ name }} className="block break-all text-ink">
            {name}
          </Link>
        ))}
      </td>
    </tr>
  );
}

const namesMax = 6;

function Names({ names }: { names: string[] }) {
  if (names.length === 0) return <span className="text-soft">–</span>;
  return (
    <span className="break-words" title={names.join(', ')}>
      {names.slice(0, namesMax).map((id, index) => (
        <span key={id}>
          {index > 0 && ', '}
          <NodeLink id={id} className="text-bad" />
        </span>
      ))}
      {names.length > namesMax && ` and ${names.length - namesMax} more`}
    </span>
  );
}
