/**
 * What every answer must look like: the schemas that the contract's authors generate from its openapi-v2.yaml, as the published
 * SDK carries them. They are stricter than the contract about times (`…Z` alone).
 */
import type { z } from 'zod';

type Named = 'zAsset' | 'zJob' | 'zJobWorkflowResponse' | 'zErrorEnvelope' | 'zProgress' | 'zOutput';
const generated = new URL(
  '../../../node_modules/@comfyorg/sdk/dist/low/generated/zod.gen.js',
  import.meta.url,
);
const schemas = (await import(generated.href)) as Record<Named, z.ZodType>;

const routes: [method: string, path: RegExp, schema: Named][] = [
  ['POST', /^\/assets(\/from-hash)?$/, 'zAsset'],
  ['GET', /^\/assets\/[^/]+$/, 'zAsset'],
  ['POST', /^\/jobs$/, 'zJob'],
  ['POST', /^\/jobs\/[^/]+\/cancel$/, 'zJob'],
  ['GET', /^\/jobs\/[^/]+$/, 'zJob'],
  ['GET', /^\/jobs\/[^/]+\/workflow$/, 'zJobWorkflowResponse'],
];

/** `path` is below `/api/v2`. Throws with what is wrong. */
export function holdToContract(method: string, path: string, status: number, body: unknown): void {
  if (status >= 400) schemas.zErrorEnvelope.parse(body);
  const bare = path.split('?')[0] ?? '';
  if (status >= 400 || body === undefined) return;
  if (method === 'GET' && bare === '/jobs')
    for (const job of (body as { jobs: unknown[] }).jobs) schemas.zJob.parse(job);
  const [, , named] = routes.find(([verb, pattern]) => verb === method && pattern.test(bare)) ?? [];
  if (named) schemas[named].parse(body);
}

/** A frame of an event stream; a status has no schema of its own. */
export function holdFrame(event: string, data: unknown): void {
  if (event === 'progress') schemas.zProgress.parse(data);
  if (event === 'output') schemas.zOutput.parse(data);
}
