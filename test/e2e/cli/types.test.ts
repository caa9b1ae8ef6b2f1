/** The command line and the console know the routes from the service's own documentation; `npm run cli:types` writes them anew. */
import openapiTS, { astToString } from 'openapi-typescript';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Cluster, startCluster } from '../../support/cluster.js';
import { pathsUsed } from './paths-used.js';

const users = ['src/programs/cli', 'console/src'];
const head =
  '/* Made of /openapi.json by `npm run cli:types`: the routes that the command line and the console ask. */\n';

let cluster: Cluster;
beforeAll(async () => (cluster = await startCluster({ nodes: [{ name: 'sim-1' }] })));
afterAll(() => cluster.stop());

it('the routes that they ask are as the service documents them', async () => {
  const document = (await (await fetch(`${cluster.url}/openapi.json`)).json()) as {
    paths: Record<string, Record<string, Operation>>;
  };
  const used = [...new Set(users.flatMap(pathsUsed))].toSorted();
  expect(used.filter((path) => !Object.hasOwn(document.paths, path))).toEqual([]);
  const paths = Object.fromEntries(used.map((path) => [path, anonymous(document.paths[path] ?? {})]));
  const types = astToString(await openapiTS({ ...document, paths, components: {} } as never));
  await expect(head + types).toMatchFileSnapshot('../../../src/programs/api-routes.ts');
});

interface Operation {
  parameters?: object[];
  requestBody?: object;
  responses?: Record<string, object>;
}

/** Names of operations are not unique, and nobody needs them here. */
const anonymous = (operations: Record<string, Operation>): Record<string, object> =>
  Object.fromEntries(
    Object.entries(operations).map(([method, { parameters, requestBody, responses }]) => [
      method,
      { parameters, requestBody, responses: good(responses ?? {}) },
    ]),
  );

/** What is refused is told alike by all routes. */
const good = (responses: Record<string, object>): Record<string, object> =>
  Object.fromEntries(Object.entries(responses).filter(([status]) => status.startsWith('2')));
