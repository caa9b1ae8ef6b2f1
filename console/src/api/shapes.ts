/** The documents of `/v1` by their names in the console, out of the service's own documentation. */
import type { paths } from '../../../src/programs/api-routes.js';

/** A path that is read, and what it is answered with. */
export type ReadPath = {
  [Path in keyof paths]: paths[Path] extends { get: { responses: { 200: JsonBody } } } ? Path : never;
}[keyof paths];
interface JsonBody {
  content: { 'application/json': unknown };
}
export type Answered<Path extends ReadPath> = paths[Path] extends {
  get: { responses: { 200: { content: { 'application/json': infer Body } } } };
}
  ? Body
  : never;
export type Method = 'post' | 'put' | 'patch' | 'delete';
/** A path at which that can be done. */
export type DeedPath<How extends Method> = {
  [Path in keyof paths]: paths[Path] extends Record<How, object> ? Path : never;
}[keyof paths];
/** What a deed is answered with, however well it goes; undefined without a word. */
export type Told<Path extends keyof paths, How extends Method> =
  paths[Path] extends Record<How, { responses: infer Responses }>
    ? BodyOf<Responses[keyof Responses]>
    : never;
type BodyOf<Response> = Response extends { content: { 'application/json': infer Body } } ? Body : never;

export type JobPage = Answered<'/v1/jobs'>;
export type Job = JobPage['jobs'][number];
export type JobState = Job['state'];
export const jobStates: readonly JobState[] = [
  'queued',
  'delayed',
  'active',
  'succeeded',
  'failed',
  'cancelled',
  'expired',
];
export type Output = Job['outputs'][number];
export type JobDetail = Answered<'/v1/jobs/{id}'>;
export type Attempt = JobDetail['history'][number];
export type Decision = Answered<'/v1/jobs/{id}/decision'>;
export type NodeScore = NonNullable<Decision['placed']>['runners_up'][number];
export type AskedWith = Answered<'/v1/jobs/{id}/graph'>;

export type NodePage = Answered<'/v1/nodes'>;
export type ComfyNode = NodePage['nodes'][number];
export type NodeTimeLine = Answered<'/v1/nodes/{id}/timeline'>;
export type NodeRun = NodeTimeLine['runs'][number];
export type Residency = Answered<'/v1/nodes/{id}/residency'>;
export type Inventory = Answered<'/v1/inventory'>;

export type Readiness = Answered<'/v1/readiness/alike'>;
export type NodeGroup = Readiness['groups'][number];
export type Judgement = NodeGroup['workflows'][number];
export type Missing = NonNullable<Judgement['missing']>;

export type WorkflowSummary = Answered<'/v1/workflows'>['workflows'][number];
export type Workflow = Answered<'/v1/workflows/{name}'>;
export type WorkflowVersion = Answered<'/v1/workflows/{name}/versions'>['versions'][number];
export type Difference = Answered<'/v1/workflows/{name}/compare'>;
export type ProposalAsTold = Told<'/v1/workflows:propose', 'post'>;
export type Published = Told<'/v1/workflows/{name}', 'put'>;

export type Queue = Answered<'/v1/queue'>;
export type Stats = Answered<'/v1/stats'>;
export type Minute = Stats['minutes'][number];
export type FailureCause = Stats['failures'][number];

export type Tenant = Answered<'/v1/tenants'>['tenants'][number];
export type Usage = Answered<'/v1/usage'>;
export type ApiKey = Answered<'/v1/keys'>['keys'][number];
export type MadeKey = Told<'/v1/keys', 'post'>;
export type Me = Answered<'/v1/me'>;
export type AuditPage = Answered<'/v1/audit'>;
export type AuditEntry = AuditPage['entries'][number];

/** ComfyUI's own, which the service's documentation leaves open. */
export type Graph = Record<
  string,
  { class_type: string; inputs: Record<string, unknown>; _meta?: { title?: string } }
>;
