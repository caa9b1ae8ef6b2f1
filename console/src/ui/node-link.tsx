import { Link } from '@tanstack/react-router';
import { useMay } from '../api/me';

/** A node's name, which leads to its page for those who may see it. */
export function NodeLink({ id, className = 'text-accent' }: { id: string; className?: string }) {
  if (!useMay('operator')) return <span>{id}</span>;
  return (
    <Link to="/nodes/$id" params={{ id }} className={className}>
      {id}
    </Link>
  );
}
