import { Link } from '@tanstack/react-router';
import { CircleAlert, CircleCheck, Info, TriangleAlert } from 'lucide-react';
import { useAdmission } from '../../api/deeds';
import { useMay } from '../../api/me';
import { Button, buttonClasses } from '../../ui/parts';
import type { Matter } from './attention';

const looks = {
  bad: { icon: CircleAlert, class: 'text-bad' },
  warn: { icon: TriangleAlert, class: 'text-warn' },
  info: { icon: Info, class: 'text-soft' },
};

export function Matters({ matters }: { matters: readonly Matter[] }) {
  if (matters.length === 0)
    return (
      <p className="flex items-center gap-2 text-sm text-good">
        <CircleCheck size={17} aria-hidden /> Nothing. All is well.
      </p>
    );
  return (
    <ul className="divide-y divide-line">
      {matters.map((matter) => {
        const { icon: Icon, class: colour } = looks[matter.level];
        return (
          <li key={matter.key} className="flex gap-2.5 py-3 first:pt-0 last:pb-0">
            <Icon size={17} aria-hidden className={`mt-0.5 shrink-0 ${colour}`} />
            <div className="min-w-0 flex-1">
              <p className="text-sm font-medium break-words">{matter.what}</p>
              {matter.cause && <p className="mt-0.5 text-sm break-words text-soft">{matter.cause}</p>}
              <div className="mt-2">
                <Help help={matter.help} />
              </div>
            </div>
          </li>
        );
      })}
    </ul>
  );
}

function Help({ help }: { help: Matter['help'] }) {
  const { drain, undrain } = useAdmission();
  const mayDrain = useMay('operator');
  const look = buttonClasses();
  switch (help.kind) {
    case 'undrain':
      return mayDrain && <Button onClick={() => undrain.mutate(help.node)}>Let it take work again</Button>;
    case 'drain':
      return mayDrain && <Button onClick={() => drain.mutate(help.node)}>Drain it</Button>;
    case 'node':
      return help.node === '' ? (
        <Link to="/nodes" className={look}>
          See all nodes
        </Link>
      ) : (
        <Link to="/nodes/$id" params={{ id: help.node }} className={look}>
          See the node
        </Link>
      );
    case 'workflow':
      return (
        <Link to="/workflows/$name" params={{ name: help.workflow }} className={look}>
          See what is missing
        </Link>
      );
    case 'job':
      return (
        <Link to="/jobs/$id" params={{ id: help.job }} className={look}>
          See why
        </Link>
      );
    case 'failures':
      return (
        <span className="flex flex-wrap gap-2">
          <Link to="/jobs" search={{ state: 'failed', since: '1h' }} className={look}>
            See the failed jobs
          </Link>
          <Link to="/jobs/$id" params={{ id: help.job }} className={look}>
            See the last
          </Link>
        </span>
      );
    case 'add-node':
      return (
        <Link to="/nodes" className={look}>
          Add a node
        </Link>
      );
  }
}
