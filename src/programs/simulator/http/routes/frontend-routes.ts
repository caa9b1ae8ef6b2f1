import type { Value } from '../../wire/values.js';
import { bare, json, text, type Reply, type Request } from '../message.js';
import { dictBody } from './queue-routes.js';
import type { Route } from '../router.js';

/** What the web UI asks for besides running prompts: settings and user files, in memory. */
export function frontendRoutes(): Route[] {
  const settings = new Map<string, Value>();
  const userFiles = new Map<string, Buffer>();
  return [
    { method: 'GET', path: '/', at: 'bare', handle: () => page },
    { method: 'GET', path: '/settings', handle: () => json(settings) },
    {
      method: 'GET',
      path: '/settings/{id}',
      handle: ({ params }) => json(settings.get(params['id'] ?? '') ?? null),
    },
    {
      method: 'POST',
      path: '/settings',
      handle: async (request) => merge(settings, await dictBody(request)),
    },
    {
      method: 'POST',
      path: '/settings/{id}',
      handle: async (request) =>
        merge(settings, new Map([[request.params['id'] ?? '', await request.json()]])),
    },
    { method: 'GET', path: '/users', handle: () => json({ storage: 'server', migrated: true }) },
    { method: 'GET', path: '/userdata', handle: ({ query }) => listUserFiles(userFiles, query.get('dir')) },
    {
      method: 'GET',
      path: '/userdata/{file}',
      handle: ({ params }) => oneUserFile(userFiles, params['file'] ?? ''),
    },
    {
      method: 'POST',
      path: '/userdata/{file}',
      handle: async (request) => saveUserFile(userFiles, request),
    },
    {
      method: 'DELETE',
      path: '/userdata/{file}',
      handle: ({ params }) => bare(userFiles.delete(params['file'] ?? '') ? 204 : 404),
    },
    { method: 'GET', path: '/extensions', handle: () => json([]) },
    { method: 'GET', path: '/workflow_templates', handle: () => json({}) },
    { method: 'GET', path: '/i18n', handle: () => json({}) },
    { method: 'GET', path: '/global_subgraphs', handle: () => json({}) },
    { method: 'GET', path: '/node_replacements', handle: () => json({}) },
    { method: 'GET', path: '/internal/logs', at: 'bare', handle: () => json('') },
  ];
}

/** In place of the web UI, which is no part of a simulated node: what this is, and how to get the real one. */
const page: Reply = {
  status: 200,
  headers: { 'Content-Type': 'text/html; charset=utf-8' },
  body: `<!doctype html>
<html lang="en">
<meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>ComfyUI (simulated)</title>
<style>body{font:16px/1.5 system-ui,sans-serif;max-width:40rem;margin:10vh auto;padding:0 1rem;color:#1b2230;background:#f7f8fa}code{background:#e9ecf1;padding:.1em .35em;border-radius:.3em}
@media(prefers-color-scheme:dark){body{color:#e8ebf1;background:#10131a}code{background:#262d3a}a{color:#a5acff}}</style>
<h1>These are simulated nodes</h1>
<p>They answer ComfyUI's API, but the web UI is a part of a real ComfyUI, which is not here. To get it, name a real server and start again:</p>
<p><code>NODES=gpu1=http://10.0.0.5:8188 npm start</code></p>
<p>This address then shows that server's web UI, and what is queued in it runs on the whole cluster.</p>
<p>To see and steer the cluster now, open its console: <a href="http://localhost:5014/console">http://localhost:5014/console</a>
(the port is <code>PORT</code> where that is set).</p>
`,
};

function merge(settings: Map<string, Value>, changes: ReadonlyMap<string, Value>): Reply {
  for (const [key, value] of changes) settings.set(key, value);
  return bare(200);
}

function listUserFiles(files: ReadonlyMap<string, Buffer>, folder: string | null): Reply {
  if (folder === null || folder === '') return text('Directory not provided', 400);
  const inside = [...files.keys()]
    .filter((name) => name.startsWith(`${folder}/`))
    .map((name) => name.slice(folder.length + 1));
  return inside.length === 0 ? text('Directory not found', 404) : json(inside);
}

function oneUserFile(files: ReadonlyMap<string, Buffer>, name: string): Reply {
  const body = files.get(name);
  return body === undefined
    ? bare(404)
    : { status: 200, headers: { 'Content-Type': 'application/octet-stream' }, body };
}

const userFilesMax = 1_000;

async function saveUserFile(files: Map<string, Buffer>, { params, query, body }: Request): Promise<Reply> {
  const name = params['file'] ?? '';
  const overwrite = query.get('overwrite') !== 'false';
  if (files.has(name) ? !overwrite : files.size >= userFilesMax) return text('File already exists', 409);
  files.set(name, await body());
  return json(name);
}
