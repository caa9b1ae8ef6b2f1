/** What people do, with the word that comes back and the way to take it back. */
import { ask } from './ask';
import type { ComfyNode, Job, JobState } from './shapes';
import { useDeed } from '../ui/toasts';
import { count } from '../ui/words';

const job = (id: string): string => `/v1/jobs/${encodeURIComponent(id)}`;
const node = (id: string): string => `/v1/nodes/${encodeURIComponent(id)}`;

/** One after the other: a hundred at once would be a hundred connections. */
export const useCancel = () =>
  useDeed(
    async (ids: readonly string[]) => {
      const states: JobState[] = [];
      for (const id of ids)
        states.push((await ask<{ state: JobState }>(`${job(id)}/cancel`, { method: 'POST' })).state);
      return states;
    },
    (ids, states) => {
      const ended = states.filter((state) => state === 'succeeded' || state === 'failed').length;
      return {
        text:
          ended > 0
            ? `${count(ids.length - ended, 'job')} cancelled; ${count(ended, 'other')} had ended already.`
            : `${count(ids.length, 'job')} cancelled.`,
      };
    },
  );

/** The same version, inputs and seeds, as a new job. */
export const useRunAgain = () =>
  useDeed(
    async ({ id }: Job) => ask<{ id: string }>(`${job(id)}/retry`, { method: 'POST' }),
    () => ({ text: 'It runs again, as a new job.' }),
  );

export interface ManyJobs {
  tenant?: string;
  workflow?: string;
  state?: string;
}

/** All that fit, a thousand at a time. */
export const useCancelAll = () =>
  useDeed(
    async (filter: ManyJobs) => {
      const sum = { cancelled: 0, stopping: 0 };
      for (let more = true; more;) {
        const answer = await ask<{ cancelled: number; stopping: number; more: boolean }>('/v1/jobs:cancel', {
          method: 'POST',
          body: filter,
        });
        sum.cancelled += answer.cancelled;
        sum.stopping += answer.stopping;
        more = answer.more && answer.cancelled + answer.stopping > 0;
      }
      return sum;
    },
    (_filter, { cancelled, stopping }) => ({
      text: `${count(cancelled, 'job')} cancelled${stopping > 0 ? `, ${stopping} more stop where they run` : ''}.`,
    }),
  );

export function useAdmission() {
  const undrain = useDeed(
    async (id: string) => ask<ComfyNode>(`${node(id)}/undrain`, { method: 'POST' }),
    (id) => ({ text: `${id} takes work again.` }),
  );
  const drain = useDeed(
    async (id: string) => ask<ComfyNode>(`${node(id)}/drain`, { method: 'POST' }),
    (id) => ({
      text: `${id} finishes what it runs and takes nothing new.`,
      undo: () => undrain.mutate(id),
    }),
  );
  return { drain, undrain };
}

export const useNodeChange = () =>
  useDeed(
    async ({
      id,
      ...change
    }: { id: string } & Partial<Pick<ComfyNode, 'weight' | 'labels' | 'url' | 'admin'>>) =>
      ask<ComfyNode>(node(id), { method: 'PATCH', body: change }),
    ({ id }) => ({ text: `${id} is changed.` }),
  );

export const useRemoveNode = (then: () => void) =>
  useDeed(
    async (id: string) => ask(node(id), { method: 'DELETE' }),
    (id) => ({ text: `${id} is forgotten; what it ran is placed elsewhere.` }),
    then,
  );

export const useAddNode = () =>
  useDeed(
    async (body: { id: string; url: string; weight: number; labels: Record<string, string> }) =>
      ask<ComfyNode>('/v1/nodes', { method: 'POST', body }),
    ({ id }) => ({ text: `${id} is registered and being looked at.` }),
  );
