/** The newest pictures of running jobs, while somebody looks: of all on the page by one stream. */
import { useQuery } from '@tanstack/react-query';
import { useEffect } from 'react';
import { queryClient } from './connection';
import { on, useVisible } from './live';

export interface Preview {
  job_id: string;
  graph_node: string | null;
  content_type: string;
  data_base64: string;
}

/** What the service takes in one filter. */
const jobsMax = 200;
/** Tiles come and go by rows while somebody scrolls. */
const settleMs = 300;
/** A picture that nobody looks at is soon forgotten: they are large. */
const keptMs = 5_000;

const watched = new Map<string, number>();
let source: EventSource | undefined;
let timer: ReturnType<typeof setTimeout> | undefined;

function openSoon(): void {
  timer ??= setTimeout(() => {
    timer = undefined;
    source?.close();
    source = undefined;
    if (watched.size === 0) return;
    const ids = [...watched.keys()].slice(0, jobsMax);
    source = new EventSource(`/v1/events?types=preview&job=${ids.join(',')}`);
    on(source, 'preview', (preview: Preview) => {
      if (watched.has(preview.job_id)) queryClient.setQueryData(['preview', preview.job_id], preview);
    });
  }, settleMs);
}

function watch(id: string): () => void {
  watched.set(id, (watched.get(id) ?? 0) + 1);
  if (watched.get(id) === 1) openSoon();
  return () => {
    const others = (watched.get(id) ?? 1) - 1;
    if (others > 0) {
      watched.set(id, others);
      return;
    }
    watched.delete(id);
    openSoon();
  };
}

export function usePreview(id: string): Preview | undefined {
  const isVisible = useVisible();
  useEffect(() => (isVisible ? watch(id) : undefined), [id, isVisible]);
  return useQuery<Preview | undefined>({
    queryKey: ['preview', id],
    enabled: false,
    queryFn: () => undefined,
    gcTime: keptMs,
  }).data;
}

export const pictureOf = ({ content_type: type, data_base64: data }: Preview): string =>
  `data:${type};base64,${data}`;
