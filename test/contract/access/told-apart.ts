/**
 * Whether what is another's can be told from what never was: by the answer, or by what the service asked of its database, of files and of
 * nodes for it, which is what its time consists of.
 */
import { randomUUID } from 'node:crypto';
import { samplingGraph } from '../../support/sampling-graph.js';
import { canary, type Sent, type Told, type TwoTenants } from './two-tenants.js';

export interface Asked extends Sent {
  path: string;
}

/** Of a request, of the moment, or of what it may still ask. */
const ownHeaders =
  /^(date|x-request-id|x-comfy-request-id|traceparent|server-timing|ratelimit.*|retry-after)$/;
/**
 * Asked for whoever comes first: whether a key still counts, how much waits in all, and for those who come at once which job it is
 * (`read-together.test.ts` holds that against what never was).
 */
const ofTheMoment = /^api-key$|^jobs(-archived)?$|^SELECT count\(\*\) FROM job j WHERE j\.state/;
/** There is more of that kind, such as forecasts: a pair that differs is asked again. */
const triesMax = 3;

/** Asks as the tenant B, about theirs and in the same way about what never was. */
export async function differences(
  tenants: TwoTenants,
  theirs: Asked,
): Promise<{ answer: Told; wrong: string[] }> {
  const absent = ofNone(tenants, theirs);
  let found: { answer: Told; wrong: string[] } | undefined;
  for (let tries = 0; tries < triesMax; tries += 1) {
    const answer = await asked(tenants, theirs);
    if (absent === undefined) return { answer, wrong: [] };
    const wrong = compared(tenants, answer, await asked(tenants, absent));
    found = { answer, wrong: wrong.map((each) => `${theirs.method ?? 'GET'} ${theirs.path}: ${each}`) };
    if (found.wrong.length === 0) break;
  }
  return found!;
}

/** Undefined for a request that names nothing of theirs. */
function ofNone(tenants: TwoTenants, { path, body, ...sent }: Asked): Asked | undefined {
  const text = JSON.stringify({ path, body });
  const said = tenants.asOfNone(text);
  return said === text ? undefined : { ...sent, ...(JSON.parse(said) as Pick<Asked, 'path' | 'body'>) };
}

type Watched = Told & { asked: string[] };

async function asked(tenants: TwoTenants, { path, ...sent }: Asked): Promise<Watched> {
  const told = await tenants.watched('b', path, sent);
  return { ...told, asked: told.asked.filter((each) => !ofTheMoment.test(each)) };
}

function compared(tenants: TwoTenants, theirs: Watched, absent: Watched): string[] {
  if (theirs.status !== absent.status) return [`${theirs.status}, and ${absent.status} for what never was`];
  const wrong: string[] = [];
  const plain = (text: string): string => tenants.asOfNone(text);
  if (plain(theirs.text) !== absent.text)
    wrong.push(`told ${theirs.text.slice(0, 200)}, and ${absent.text.slice(0, 200)} for what never was`);
  if (plain(headersOf(theirs)) !== headersOf(absent))
    wrong.push(`headers ${headersOf(theirs)}, and ${headersOf(absent)} for what never was`);
  const [some, others] = [theirs.asked.toSorted(), absent.asked.toSorted()];
  if (some.join('\n') !== others.join('\n'))
    wrong.push(
      `asked for theirs alone ${JSON.stringify(left(some, others))}, for none alone ${JSON.stringify(left(others, some))}`,
    );
  return wrong;
}

const headersOf = ({ headers }: Told): string =>
  JSON.stringify(Object.entries(headers).filter(([name]) => !ownHeaders.test(name)));

/** Those of `some` that `others` has not, each so often. */
function left(some: readonly string[], others: readonly string[]): string[] {
  const rest = [...others];
  return some.filter((each) => {
    const at = rest.indexOf(each);
    if (at >= 0) rest.splice(at, 1);
    return at < 0;
  });
}

/** Of a picture that is made while the rest of its job stands still. */
export const liveFile = `${canary}-live_00001_.png`;

const main = (method: string, path: string, body?: unknown): Asked => ({ method, path, body });
const native = (path: string, body: unknown): Asked => ({ method: 'POST', path, body, native: true });

/** All that one job can be asked for or done to, by every door. */
export function askedOfJob(id: string): Asked[] {
  const tool = (name: string): Asked => ({
    ...main('POST', '/mcp', {
      jsonrpc: '2.0',
      id: 1,
      method: 'tools/call',
      params: { name, arguments: { job: id } },
    }),
    headers: { accept: 'application/json, text/event-stream' },
  });
  return [
    ...['', '/decision', '/graph', '/deliveries', '/preview', '/events'].map((of) =>
      main('GET', `/v1/jobs/${id}${of}`),
    ),
    ...['', '/workflow', '/events'].map((of) => main('GET', `/api/v2/jobs/${id}${of}`)),
    main('POST', `/v1/jobs/${id}/cancel`),
    main('POST', `/v1/jobs/${id}/retry`),
    main('PATCH', `/v1/jobs/${id}`, { priority: 0 }),
    main('POST', `/v1/jobs/${id}/deliveries/${randomUUID()}/redeliver`),
    main('POST', '/v1/links', { job_id: id, filename: `${canary}_00001_.png` }),
    main('POST', '/v1/jobs', { graph: withPicture({ output: { job: id } }) }),
    main('POST', `/api/v2/jobs/${id}/cancel`),
    main('GET', `/openai/v1/videos/${id}`),
    main('DELETE', `/openai/v1/videos/${id}`),
    ...['job_status', 'why_waiting', 'cancel_job'].map(tool),
    native(`/api/jobs/${id}/cancel`, {}),
    native('/api/jobs/cancel', { job_ids: [id] }),
    native('/interrupt', { prompt_id: id }),
    native('/queue', { delete: [id] }),
    native('/history', { delete: [id] }),
    { path: `/view?filename=${liveFile}&type=output&prompt_id=${id}`, native: true },
  ];
}

const withPicture = (image: unknown): object => ({
  ...samplingGraph(),
  '9': { class_type: 'LoadImage', inputs: { image } },
  '10': { class_type: 'PreviewImage', inputs: { images: ['9', 0] } },
});

/** Deeds on what is no job. */
export function askedOfRest({ ids, hashes }: TwoTenants): Asked[] {
  const [, , batch = '', asset = ''] = ids;
  const [sha256, blake3] = hashes;
  const file = `/userdata/workflows%2F${canary}.json`;
  return [
    { path: `/view?filename=${liveFile}&type=output`, native: true },
    { method: 'POST', path: `/v1/batches/${batch}/cancel` },
    { method: 'POST', path: `/v1/batches/${batch}/deliveries/${randomUUID()}/redeliver` },
    { method: 'POST', path: '/v1/jobs:cancel', body: { tenant: 'team-a' } },
    { method: 'POST', path: '/v1/jobs', body: { graph: samplingGraph(), tenant: 'team-a' } },
    { method: 'POST', path: '/v1/jobs', body: { graph: withPicture({ asset: sha256 }) } },
    { method: 'DELETE', path: `/api/v2/assets/${asset}` },
    { method: 'HEAD', path: `/api/v2/assets/by-hash/blake3:${blake3}` },
    { method: 'POST', path: '/api/v2/assets/from-hash', body: { hash: blake3, file_path: 'x.png' } },
    { method: 'DELETE', path: file, native: true },
    { method: 'POST', path: `${file}/move/workflows%2Fx.json`, native: true },
  ];
}
