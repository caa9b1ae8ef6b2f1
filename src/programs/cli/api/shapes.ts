/** The documents that the commands show, by their names in the documentation. */
import type { paths } from '../../api-routes.js';

type Answered<Path extends keyof paths> = paths[Path] extends {
  get: { responses: { 200: { content: { 'application/json': infer Body } } } };
}
  ? Body
  : never;

export type JobPage = Answered<'/v1/jobs'>;
export type JobsQuery = NonNullable<paths['/v1/jobs']['get']['parameters']['query']> & { limit: number };
export type Job = JobPage['jobs'][number];
export type JobDetail = Answered<'/v1/jobs/{id}'>;
export type Decision = Answered<'/v1/jobs/{id}/decision'>;
export type ComfyNode = Answered<'/v1/nodes'>['nodes'][number];
export type Readiness = Answered<'/v1/workflows/{name}/readiness'>;
export type Workflow = Answered<'/v1/workflows/{name}'>;
export type Stats = Answered<'/v1/stats'>;
export type Queue = Answered<'/v1/queue'>;
export type Forecast = paths['/v1/forecast']['post']['responses'][200]['content']['application/json'];
export type Batch = Answered<'/v1/batches/{id}'>;
export type ListedBatch = Answered<'/v1/batches'>['batches'][number];
export type ApiKey = Answered<'/v1/keys'>['keys'][number];
/** Told once, to whoever made it. */
export type MadeKey = paths['/v1/keys']['post']['responses'][201]['content']['application/json'];
export type AuditEntry = Answered<'/v1/audit'>['entries'][number];
export type UsageRow = Answered<'/v1/usage'>['usage'][number];
export type Published = paths['/v1/workflows/{name}']['put']['responses'][200]['content']['application/json'];
