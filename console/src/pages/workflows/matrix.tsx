/** Workflow × node. Nodes that lack the same are one column, so that thousands of them stay readable. */
import { Link } from '@tanstack/react-router';
import { Check, CircleHelp, X } from 'lucide-react';
import { useMemo, useState } from 'react';
import type { AllReadiness, NodeReadiness } from '../../api/shapes';
import { Button } from '../../ui/parts';
import { SideScroll } from '../../ui/table';
import { namesOf } from '../overview/attention';

interface Column {
  nodes: string[];
  cells: Map<string, NodeReadiness>;
}

const columnsMax = 30;

/** Columns of nodes that stand alike for every workflow; the largest group first. */
export function columnsOf({ workflows }: AllReadiness): Column[] {
  const cellsOf = new Map<string, Map<string, NodeReadiness>>();
  for (const { name, nodes } of workflows)
    for (const node of nodes) {
      const cells = cellsOf.get(node.id) ?? new Map<string, NodeReadiness>();
      cellsOf.set(node.id, cells.set(name, node));
    }
  const columns = new Map<string, Column>();
  for (const [id, cells] of cellsOf) {
    const key = JSON.stringify(
      [...cells].map(([name, { ready, missing }]) => [name, ready, missing && namesOf(missing)]),
    );
    const column = columns.get(key);
    if (column) column.nodes.push(id);
    else columns.set(key, { nodes: [id], cells });
  }
  return [...columns.values()].toSorted((one, other) => other.nodes.length - one.nodes.length);
}

export function Matrix({ readiness }: { readiness: AllReadiness }) {
  const columns = useMemo(() => columnsOf(readiness), [readiness]);
  const [all, setAll] = useState(false);
  const shown = all ? columns : columns.slice(0, columnsMax);
  if (columns.length === 0) return <p className="text-sm text-soft">There is no node to compare with.</p>;
  return (
    <>
      <SideScroll label="Readiness">
        <table className="text-left text-sm">
          <thead>
            <tr className="align-bottom">
              <th scope="col" className="py-2 pr-4 text-xs font-medium text-soft">
                Workflow
              </th>
              {shown.map(({ nodes }) => (
                <th
                  key={nodes[0]}
                  scope="col"
                  className="px-3 py-2 text-xs font-medium"
                  title={nodes.join(', ')}
                >
                  {nodes.length === 1 ? nodes[0] : `${nodes[0]} and ${nodes.length - 1} alike`}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {readiness.workflows.map(({ name }) => (
              <tr key={name} className="border-t border-line align-top">
                <th scope="row" className="py-2 pr-4 font-normal">
                  <Link to="/workflows/$name" params={{ name }} className="text-ink">
                    {name}
                  </Link>
                </th>
                {shown.map(({ nodes, cells }) => (
                  <td key={nodes[0]} className="max-w-72 px-3 py-2">
                    <Cell cell={cells.get(name)} />
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </SideScroll>
      {columns.length > shown.length && (
        <Button className="mt-2" onClick={() => setAll(true)}>
          Show {columns.length - shown.length} more
        </Button>
      )}
    </>
  );
}

function Cell({ cell }: { cell: NodeReadiness | undefined }) {
  if (!cell || cell.ready === null)
    return (
      <span className="flex items-center gap-1 text-soft">
        <CircleHelp size={15} aria-hidden /> not known
      </span>
    );
  if (cell.ready)
    return (
      <span className="flex items-center gap-1 text-good">
        <Check size={15} aria-hidden /> ready
      </span>
    );
  const names = cell.missing ? namesOf(cell.missing) : [];
  return (
    <details>
      <summary className="flex cursor-pointer items-center gap-1 text-bad">
        <X size={15} aria-hidden /> lacks {names.length}
      </summary>
      <MissingNames cell={cell} />
    </details>
  );
}

export function MissingNames({ cell: { missing } }: { cell: NodeReadiness }) {
  if (!missing) return null;
  return (
    <ul className="mt-1 space-y-1 text-xs">
      {missing.classes.map((name) => (
        <li key={`class ${name}`} className="break-all">
          node class {name}
        </li>
      ))}
      {[...missing.models, ...missing.loras, ...missing.choices].map(
        ({ class: cls, input, value, nearest }) => (
          <li key={`${cls} ${input} ${String(value)}`} className="break-all">
            {String(value)}
            {nearest !== undefined && <span className="block text-soft">has {nearest}</span>}
          </li>
        ),
      )}
      {missing.inputs.map(({ class: cls, input }) => (
        <li key={`input ${cls} ${input}`} className="break-all">
          input {cls}.{input}
        </li>
      ))}
    </ul>
  );
}
