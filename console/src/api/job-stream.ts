/** One job as it goes, by the service's own stream of it; what comes is laid where the page reads it. */
import { useQueryClient } from '@tanstack/react-query';
import { useEffect } from 'react';
import { decisionQuery, jobQuery } from './queries';
import type { Job } from './shapes';

export function useJobStream(id: string, open: boolean): void {
  const client = useQueryClient();
  useEffect(() => {
    if (!open) return;
    const source = new EventSource(`/v1/jobs/${encodeURIComponent(id)}/events`);
    let before: Job | undefined;
    const take = (event: MessageEvent<string>): void => {
      const job = JSON.parse(event.data) as Job;
      client.setQueryData(jobQuery(id).queryKey, (known) => known && { ...known, ...job });
      // Its attempts and the reasons are not in the stream.
      const moved =
        before === undefined ||
        before.state !== job.state ||
        before.node_id !== job.node_id ||
        before.attempts !== job.attempts;
      before = job;
      if (moved || event.type === 'end') {
        void client.invalidateQueries({ queryKey: jobQuery(id).queryKey });
        void client.invalidateQueries({ queryKey: decisionQuery(id).queryKey });
      }
      if (event.type === 'end') source.close();
    };
    source.addEventListener('update', take);
    source.addEventListener('end', take);
    return () => source.close();
  }, [client, id, open]);
}
