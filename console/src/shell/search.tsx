/** One field that finds a page, a node, a workflow, or jobs by a text of theirs. */
import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { useMay } from '../api/me';
import { nodesQuery, workflowsQuery } from '../api/queries';
import { Dialog } from '../ui/dialog';
import { useMyPlaces } from './places';

interface Found {
  key: string;
  kind: string;
  name: string;
  href: string;
}

const foundMax = 12;
const jobId = /^[0-9a-f]{8}-?([0-9a-f]{4}-?){3}[0-9a-f]{12}$/i;

export function Search({ onClose }: { onClose: () => void }) {
  const [text, setText] = useState('');
  const [at, setAt] = useState(0);
  const navigate = useNavigate();
  const found = useFound(text);
  const open = (one: Found | undefined): void => {
    if (!one) return;
    onClose();
    void navigate({ href: one.href });
  };
  const onKeyDown = (event: React.KeyboardEvent): void => {
    if (event.key === 'Enter') open(found[at]);
    else if (event.key === 'ArrowDown') setAt((at + 1) % Math.max(1, found.length));
    else if (event.key === 'ArrowUp') setAt((at + found.length - 1) % Math.max(1, found.length));
    else return;
    event.preventDefault();
  };
  return (
    <Dialog title="Search" onClose={onClose}>
      <input
        autoFocus
        role="combobox"
        aria-label="Page, node, workflow, or text of a job"
        aria-expanded={found.length > 0}
        aria-controls="search-results"
        aria-activedescendant={found[at] ? `found-${at}` : undefined}
        placeholder="Page, node, workflow, or text of a job"
        className="field w-full"
        value={text}
        onChange={(event) => {
          setText(event.target.value);
          setAt(0);
        }}
        onKeyDown={onKeyDown}
      />
      <ul id="search-results" role="listbox" aria-label="Found" className="mt-2">
        {found.map((one, index) => (
          <li
            key={one.key}
            id={`found-${index}`}
            role="option"
            aria-selected={index === at}
            onClick={() => open(one)}
            onMouseEnter={() => setAt(index)}
            className={`flex cursor-pointer justify-between gap-3 rounded-lg px-3 py-2 text-sm ${index === at ? 'bg-accent-bg text-accent' : ''}`}
          >
            <span className="truncate">{one.name}</span>
            <span className="text-soft">{one.kind}</span>
          </li>
        ))}
      </ul>
      {found.length === 0 && <p className="px-3 py-2 text-sm text-soft">Nothing of that name.</p>}
    </Dialog>
  );
}

function useFound(text: string): Found[] {
  const nodes = useQuery({ ...nodesQuery, enabled: useMay('operator') });
  const mine = useMyPlaces();
  const workflows = useQuery(workflowsQuery);
  const wanted = text.trim().toLowerCase();
  if (jobId.test(wanted)) return [{ key: 'job', kind: 'job', name: wanted, href: `/console/jobs/${wanted}` }];
  const all: Found[] = [
    ...mine.map(({ to, name }) => ({ key: to, kind: 'page', name, href: `/console${to}` })),
    ...(workflows.data ?? []).map(({ name, title }) => ({
      key: `w ${name}`,
      kind: 'workflow',
      name: title === name ? name : `${title} (${name})`,
      href: `/console/workflows/${encodeURIComponent(name)}`,
    })),
    ...(nodes.data ?? []).map(({ id }) => ({
      key: `n ${id}`,
      kind: 'node',
      name: id,
      href: `/console/nodes/${encodeURIComponent(id)}`,
    })),
  ];
  const some = all.filter(({ name }) => name.toLowerCase().includes(wanted)).slice(0, foundMax);
  if (wanted === '') return some;
  const href = `/console/jobs?${new URLSearchParams({ search: text.trim() }).toString()}`;
  return [...some, { key: 'jobs', kind: 'jobs with this text', name: text.trim(), href }];
}
