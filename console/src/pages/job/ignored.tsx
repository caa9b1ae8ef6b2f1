/** What a submit is not refused for, and yet is not done: embeddings that its texts name and no node has. */
import { useQuery } from '@tanstack/react-query';
import { TriangleAlert } from 'lucide-react';
import { stringify } from 'lossless-json';
import { tell } from '../../api/ask';
import { useSeesContent } from '../../api/me';
import { jobGraphQuery } from '../../api/queries';
import type { Graph, JobDetail } from '../../api/shapes';

export function IgnoredOf({ job }: { job: JobDetail }) {
  const seesContent = useSeesContent(job.tenant);
  const { data: asked } = useQuery({ ...jobGraphQuery(job.id), enabled: seesContent });
  const { data } = useQuery({
    queryKey: ['job', job.id, 'ignored'],
    queryFn: async () =>
      tell('post', '/v1/readiness', { body: stringify({ graph: asked?.exact.graph }) ?? '' }),
    enabled: seesContent && asked?.graph != null && namesEmbeddings(asked.graph),
    staleTime: 60_000,
  });
  return <Ignored names={data?.ignored ?? []} />;
}

export function Ignored({ names }: { names: readonly string[] }) {
  if (names.length === 0) return null;
  return (
    <p
      role="note"
      className="flex items-start gap-2 rounded-xl bg-warn-bg px-4 py-3 text-sm break-words text-warn"
    >
      <TriangleAlert size={16} aria-hidden className="mt-0.5 shrink-0" />
      <span>
        No node has {names.join(', ')}. It runs without {names.length === 1 ? 'it' : 'them'}, as a ComfyUI of
        its own would.
      </span>
    </p>
  );
}

/** Most graphs name none, and are not asked about. */
export const namesEmbeddings = (graph: Graph): boolean =>
  Object.values(graph).some(({ inputs }) =>
    Object.values(inputs).some((value) => typeof value === 'string' && /embedding:/i.test(value)),
  );
