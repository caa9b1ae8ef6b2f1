/** What one event stream asked for, and whether a change is for it. Pure. */
export const eventTypes = ['job', 'progress', 'node', 'queue', 'preview'] as const;
export type EventType = (typeof eventTypes)[number];

/** Null lets everything of that kind through. */
export interface Wanted {
  types: readonly EventType[];
  states: readonly string[] | null;
  workflows: readonly string[] | null;
  tenants: readonly string[] | null;
  nodes: readonly string[] | null;
  jobs: readonly string[] | null;
  /** Whose results and previews the reader may see. */
  contentOf: readonly string[] | null;
}

/** What a change is about. What it has not, no filter looks at: a node has no workflow. */
export interface About {
  job?: {
    id: string;
    tenant: string;
    workflow: string | null;
    /** Now and, where it is known, as it was told last: whoever saw the job come must see it go. */
    states: readonly [string, string | undefined];
    nodes: readonly [string | null, string | null | undefined];
  };
  nodeId?: string;
}

export function isFor({ type, about }: { type: EventType; about: About }, wanted: Wanted): boolean {
  if (!wanted.types.includes(type)) return false;
  if (about.nodeId !== undefined) return holds(wanted.nodes, [about.nodeId]);
  const { job } = about;
  if (!job) return true;
  if (type === 'preview' && !seesContent(wanted, job.tenant)) return false;
  return (
    holds(wanted.jobs, [job.id]) &&
    holds(wanted.tenants, [job.tenant]) &&
    holds(wanted.workflows, [job.workflow]) &&
    holds(wanted.states, job.states) &&
    holds(wanted.nodes, job.nodes)
  );
}

export const seesContent = ({ contentOf }: Pick<Wanted, 'contentOf'>, tenant: string): boolean =>
  contentOf === null || contentOf.includes(tenant);

/** A value that is not known may be one that was asked for. */
function holds(list: readonly string[] | null, values: readonly (string | null | undefined)[]): boolean {
  return (
    list === null || values.some((value) => value === undefined || (value !== null && list.includes(value)))
  );
}
