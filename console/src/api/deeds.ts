/** What people do, with the word that comes back and the way to take it back. */
import { tell } from './ask';
import type { ComfyNode, Job, JobState } from './shapes';
import { useDeed } from '../ui/toasts';
import { count } from '../ui/words';

/** One after the other: a hundred at once would be a hundred connections. */
export const useCancel = () =>
  useDeed(
    async (ids: readonly string[]) => {
      const states: JobState[] = [];
      for (const id of ids)
        states.push((await tell('post', '/v1/jobs/{id}/cancel', { names: { id } })).state);
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

/** One after the other. */
async function prioritise(wanted: readonly { id: string; priority: number }[]): Promise<void> {
  for (const { id, priority } of wanted)
    await tell('patch', '/v1/jobs/{id}', { names: { id }, body: { priority } });
}

/** Taking it back gives each the priority that it had. */
export function usePriority() {
  const back = useDeed(prioritise, () => ({ text: 'As it was.' }));
  return useDeed(
    async ({ jobs, priority }: { jobs: readonly Job[]; priority: number }) =>
      prioritise(jobs.map(({ id }) => ({ id, priority }))),
    ({ jobs, priority }) => ({
      text: `${count(jobs.length, 'job')} with priority ${priority}.`,
      undo: () => back.mutate(jobs.map((job) => ({ id: job.id, priority: job.priority }))),
    }),
  );
}

/** The same version, inputs and seeds, as a new job. */
export const useRunAgain = () =>
  useDeed(
    async ({ id }: Job) => tell('post', '/v1/jobs/{id}/retry', { names: { id } }),
    () => ({ text: 'It runs again, as a new job.' }),
  );

/** Each as a new job, one after the other. */
export const useRunAllAgain = () =>
  useDeed(
    async (ids: readonly string[]) => {
      for (const id of ids) await tell('post', '/v1/jobs/{id}/retry', { names: { id } });
    },
    (ids) => ({
      text: `${count(ids.length, 'job runs', 'jobs run')} again, as ${ids.length === 1 ? 'a new one' : 'new ones'}.`,
    }),
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
        const answer = await tell('post', '/v1/jobs:cancel', { body: filter });
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
    async (id: string) => tell('post', '/v1/nodes/{id}/undrain', { names: { id } }),
    (id) => ({ text: `${id} takes work again.` }),
  );
  const drain = useDeed(
    async (id: string) => tell('post', '/v1/nodes/{id}/drain', { names: { id } }),
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
      tell('patch', '/v1/nodes/{id}', { names: { id }, body: change }),
    ({ id }) => ({ text: `${id} is changed.` }),
  );

export const useRemoveNode = (then: () => void) =>
  useDeed(
    async (id: string) => tell('delete', '/v1/nodes/{id}', { names: { id } }),
    (id) => ({ text: `${id} is forgotten; what it ran is placed elsewhere.` }),
    then,
  );

export const useAddNode = () =>
  useDeed(
    async (body: { id: string; url: string; weight: number; labels: Record<string, string> }) =>
      tell('post', '/v1/nodes', { body }),
    ({ id }) => ({ text: `${id} is registered and being looked at.` }),
  );
