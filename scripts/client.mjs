/**
 * Writes a TypeScript client of a running service: a function with types for each workflow, and the jobs around them.
 *
 *   npm run client -- http://localhost:5014 ./src/comfymux
 *
 * COMFYMUX_KEY is sent as a bearer token where the service asks for one. The files need nothing but `fetch`.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import openapiTS, { astToString } from 'openapi-typescript';

const [url = 'http://localhost:5014', folder = './comfymux-client'] = process.argv.slice(2);
const head = '// Made by `npm run client`; changes are lost.\n';

const document = await read(`${url.replace(/\/$/, '')}/openapi.json`);
await mkdir(folder, { recursive: true });
await writeFile(
  join(folder, 'api.ts'),
  head + astToString(await openapiTS(document, { defaultNonNullable: false })),
);
await writeFile(join(folder, 'client.ts'), head + clientOf(runsOf(document)));
process.stdout.write(`${join(folder, 'api.ts')}\n${join(folder, 'client.ts')}\n`);

async function read(address) {
  const key = process.env.COMFYMUX_KEY;
  const response = await fetch(address, key ? { headers: { authorization: `Bearer ${key}` } } : {});
  if (!response.ok) throw new Error(`${address} answered ${response.status}: ${await response.text()}`);
  return response.json();
}

/** The endpoints of workflows, by their inputs of a name of their own. */
function runsOf({ paths }) {
  return Object.entries(paths).flatMap(([path, { post }]) => {
    const inputs = post?.requestBody?.content?.['application/json']?.schema?.$ref?.split('/').at(-1);
    if (!/^\/v1\/workflows\/[^{/]+\/run$/.test(path) || inputs === undefined) return [];
    return [{ name: post.operationId, path, inputs, title: String(post.summary ?? '') }];
  });
}

function clientOf(runs) {
  const functions = runs.map(
    ({ name, path, inputs, title }) => `
  /** ${title.replaceAll('*/', '* /')} */
  async ${name}(inputs: Schemas['${inputs}'], options: RunOptions = {}): Promise<Job | Accepted> {
    return this.run(${JSON.stringify(path)}, inputs, options);
  }
`,
  );
  return `import type { components } from './api.js';

export type Schemas = components['schemas'];
export type Job = Schemas['WorkflowJob'];
export type Accepted = Schemas['AcceptedJob'];

export interface ClientOptions {
  baseUrl: string;
  /** Sent as a bearer token. */
  key?: string | undefined;
}

export interface RunOptions {
  /** Seconds to wait for the end; the answer is the job if it ends in time. */
  wait?: number;
  /** A repetition within a day is answered with the job of the first call. */
  idempotencyKey?: string;
  signal?: AbortSignal;
}

export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly body: unknown,
  ) {
    super(\`the service answered \${status}: \${JSON.stringify(body)}\`);
  }
}

export class Client {
  constructor(private readonly options: ClientOptions) {}
${functions.join('')}
  async job(id: string, signal?: AbortSignal): Promise<Job> {
    return this.call('GET', \`/v1/jobs/\${id}\`, signal ? { signal } : {});
  }

  async cancel(id: string): Promise<{ id: string; state: Job['state'] }> {
    return this.call('POST', \`/v1/jobs/\${id}/cancel\`);
  }

  /** The job when it has ended. */
  async ended({ id }: { id: string }, { everyMs = 1000, signal }: { everyMs?: number; signal?: AbortSignal } = {}): Promise<Job> {
    for (;;) {
      signal?.throwIfAborted();
      const job = await this.job(id, signal);
      if (job.finished_at !== null) return job;
      await new Promise((resolve) => setTimeout(resolve, everyMs));
    }
  }

  private async run(path: string, inputs: object, { wait, idempotencyKey, signal }: RunOptions): Promise<Job | Accepted> {
    return this.call('POST', wait === undefined ? path : \`\${path}?wait=\${wait}\`, {
      body: JSON.stringify(inputs),
      ...(idempotencyKey === undefined ? {} : { headers: { 'idempotency-key': idempotencyKey } }),
      ...(signal ? { signal } : {}),
    });
  }

  private async call<T>(
    method: string,
    path: string,
    { body, headers = {}, signal }: { body?: string; headers?: Record<string, string>; signal?: AbortSignal } = {},
  ): Promise<T> {
    const { baseUrl, key } = this.options;
    const response = await fetch(baseUrl.replace(/\\/$/, '') + path, {
      method,
      headers: {
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(key === undefined ? {} : { authorization: \`Bearer \${key}\` }),
        ...headers,
      },
      ...(body === undefined ? {} : { body }),
      ...(signal ? { signal } : {}),
    });
    const told: unknown = await response.json().catch(() => null);
    if (!response.ok) throw new ApiError(response.status, told);
    return told as T;
  }
}
`;
}
