/** Workflow × node. Nodes that lack the same are one column, so that thousands of them stay readable. */
import { Link } from '@tanstack/react-router';
import { Check, CircleHelp, X } from 'lucide-react';
import { useState } from 'react';
import type { Judgement, Readiness } from '../../api/shapes';
import { Button } from '../../ui/parts';
import { SideScroll } from '../../ui/table';
import { namesOf } from '../overview/attention';

const columnsMax = 30;
/** In the words behind a column's head. */
const namedMax = 100;

export function Matrix({ readiness }: { readiness: Readiness }) {
  const columns = readiness.groups;
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
                  key={nodes[0]?.id}
                  scope="col"
                  className="px-3 py-2 text-xs font-medium"
                  title={nodes
                    .slice(0, namedMax)
                    .map(({ id }) => id)
                    .join(', ')}
                >
                  {nodes.length === 1 ? nodes[0]?.id : `${nodes[0]?.id} and ${nodes.length - 1} alike`}
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
                {shown.map(({ nodes, workflows }) => (
                  <td key={nodes[0]?.id} className="max-w-72 px-3 py-2">
                    <Cell cell={workflows.find((judged) => judged.name === name)} />
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </SideScroll>
      {readiness.other_nodes > 0 && (
        <p className="mt-2 text-xs text-soft">
          {readiness.other_nodes.toLocaleString()} more nodes differ from all of these.
        </p>
      )}
      {columns.length > shown.length && (
        <Button className="mt-2" onClick={() => setAll(true)}>
          Show {columns.length - shown.length} more
        </Button>
      )}
    </>
  );
}

function Cell({ cell }: { cell: Judgement | undefined }) {
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

export function MissingNames({ cell: { missing } }: { cell: Judgement }) {
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
