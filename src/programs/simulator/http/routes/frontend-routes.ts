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

const page: Reply = {
  status: 200,
  headers: { 'Content-Type': 'text/html' },
  body: '<!doctype html><title>ComfyUI</title>',
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
