/** Times, sizes and names as a person says them. */

/** Fine enough to compare two of them. */
export const seconds = (s: number): string => (s < 10 || s >= 600 ? span(s * 1000) : `${Math.round(s)} s`);

/** In whole seconds, for what ticks. */
export const wholeSpan = (ms: number): string =>
  span(Math.max(1000, Math.floor(ms / 1000) * 1000)).replace('.0 s', ' s');

export function span(ms: number): string {
  const s = Math.max(0, ms) / 1000;
  if (s < 1) return `${Math.round(s * 1000)} ms`;
  if (s < 10) return `${s.toFixed(1)} s`;
  if (s < 90) return `${Math.round(s)} s`;
  if (s < 5400) return `${Math.round(s / 60)} min`;
  if (s < 172_800) return `${(s / 3600).toFixed(s < 36_000 ? 1 : 0)} h`;
  return `${Math.round(s / 86_400)} days`;
}

export function bytes(count: number): string {
  const units = ['B', 'KB', 'MB', 'GB', 'TB'];
  const step = Math.min(units.length - 1, Math.floor(Math.log10(Math.max(count, 1)) / 3));
  const value = count / 1000 ** step;
  return `${step === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)} ${units[step]}`;
}

export const gigabytes = (count: number): string =>
  `${(count / 1024 ** 3).toFixed(count < 1024 ** 4 ? 0 : 1)} GB`;

export const clockTime = (iso: string): string =>
  new Date(iso).toLocaleString(undefined, { dateStyle: 'medium', timeStyle: 'medium' });

export const count = (number: number, one: string, many = `${one}s`): string =>
  `${number.toLocaleString()} ${number === 1 ? one : many}`;

/** As many as there is room for, and how many more there are. */
export function someOf(names: readonly string[], namedMax: number): string {
  const rest = names.length - namedMax;
  return `${names.slice(0, namedMax).join(', ')}${rest > 0 ? ` and ${rest} more` : ''}`;
}

export const shortId = (id: string): string => id.slice(-8);

/** The kinds of seconds that the choice of a node weighs. */
export const termWords: Record<string, string> = {
  remainingS: 'rest of what runs there',
  switchingS: 'loading models',
  loraS: 'patching LoRAs',
  uploadS: 'sending inputs',
  executionS: 'running',
  evictionS: 'models of others pushed out',
  occupationS: 'models kept from others',
  hazardS: 'risk of a failure',
};

export const termColours: Record<string, string> = {
  remainingS: 'var(--kind-6)',
  switchingS: 'var(--kind-3)',
  loraS: 'var(--kind-4)',
  uploadS: 'var(--kind-2)',
  executionS: 'var(--kind-1)',
  evictionS: 'var(--kind-5)',
  occupationS: 'var(--kind-8)',
  hazardS: 'var(--kind-7)',
};

/** How an attempt ended. */
export const outcomeWords: Record<string, string> = {
  ok: 'finished',
  job_error: 'failed in the job',
  oom: 'ran out of memory',
  node_fault: 'failed in the node',
  invalid: 'refused as invalid',
  missing_dep: 'lacked a file or class',
  interrupted: 'was interrupted',
  node_lost: 'node was lost',
  not_arrived: 'did not arrive',
  not_sent: 'was not sent',
  timeout: 'took too long',
  collect_error: 'results could not be fetched',
  bad_output: 'results were broken',
  cancelled: 'cancelled',
  withdrawn: 'taken back',
};
