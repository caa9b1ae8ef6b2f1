import type { ServerContext } from '../../execution/server-context.js';
import { listFolder, modelFolders, type ModelFiles } from '../../nodes/model-files.js';
import type { Writable } from '../../wire/values.js';
import { bare, json, jsonBytes, type Reply } from '../message.js';
import type { Route } from '../router.js';

export function modelRoutes(context: ServerContext, models: () => ModelFiles): Route[] {
  const { info, settings } = context;
  const list = (folder: string): string[] => listFolder(models(), folder, settings.windows);
  return [
    { method: 'GET', path: '/object_info', handle: () => jsonBytes(info.document()) },
    {
      method: 'GET',
      path: '/object_info/{name}',
      handle: ({ params }) => oneClass(context, params['name'] ?? ''),
    },
    { method: 'GET', path: '/models', handle: () => json(modelFolders) },
    {
      method: 'GET',
      path: '/models/{folder}',
      handle: ({ params }) => folderReply(params['folder'] ?? '', (folder) => json(list(folder))),
    },
    {
      method: 'GET',
      path: '/embeddings',
      handle: () => json(list('embeddings').map((name) => name.replace(/\.\w+$/, ''))),
    },
    {
      method: 'GET',
      path: '/view_metadata/{folder}',
      handle: ({ params, query }) =>
        folderReply(params['folder'] ?? '', (folder) =>
          metadataReply(list(folder), query.get('filename') ?? ''),
        ),
    },
    { method: 'GET', path: '/experiment/models', handle: () => json(folderSummaries()) },
    {
      method: 'GET',
      path: '/experiment/models/{folder}',
      handle: ({ params }) =>
        folderReply(params['folder'] ?? '', (folder) => json(list(folder).flatMap(fileSummary(folder)))),
    },
  ];
}

function oneClass({ info }: ServerContext, name: string): Reply {
  const found = info.get(name);
  return json(new Map<string, Writable>(found === undefined ? [] : [[name, found]]));
}

const folderReply = (folder: string, reply: (folder: string) => Reply): Reply =>
  (modelFolders as readonly string[]).includes(folder) ? reply(folder) : bare(404);

/** Made up, as the files are. */
const metadataReply = (files: readonly string[], name: string): Reply =>
  name.endsWith('.safetensors') && files.map((file) => file.replaceAll('\\', '/')).includes(name)
    ? json({ format: 'pt', 'modelspec.title': name })
    : bare(404);

const hiddenFolders = new Set(['configs', 'custom_nodes']);

const folderSummaries = (): Writable[] =>
  modelFolders
    .filter((name) => !hiddenFolders.has(name))
    .map((name) => ({ name, folders: [`/comfyui/models/${name}`] }));

/** As files of their kind are. */
const sizesByFolder: Readonly<Record<string, number>> = {
  checkpoints: 6_900_000_000,
  diffusion_models: 28_600_000_000,
  text_encoders: 6_730_000_000,
  vae: 254_000_000,
  loras: 614_000_000,
};
const otherSize = 1_000_000_000;

/** Sizes are made up; the listing leaves out GGUF files, as the server's does. */
const fileSummary =
  (folder: string) =>
  (name: string): Writable[] => {
    const size = sizesByFolder[folder] ?? otherSize;
    const [modified, created] = [1_795_000_000, 1_795_000_000];
    return name.endsWith('.gguf') ? [] : [{ name, pathIndex: 0, modified, created, size }];
  };
