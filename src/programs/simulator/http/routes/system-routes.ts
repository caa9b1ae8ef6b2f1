import { freemem, totalmem } from 'node:os';
import type { ServerContext } from '../../execution/server-context.js';
import { PyError } from '../../wire/convert.js';
import type { Writable } from '../../wire/values.js';
import { json, type Reply } from '../message.js';
import type { Route } from '../router.js';

export const systemRoutes = (context: ServerContext): Route[] => [
  { method: 'GET', path: '/system_stats', handle: () => systemStats(context) },
  { method: 'GET', path: '/features', handle: () => json(serverFeatures(context)) },
];

/** The flags of `/features` and of the socket's `feature_flags` reply. */
export function serverFeatures({
  features,
  settings,
}: Pick<ServerContext, 'features' | 'settings'>): Writable {
  const old = { supports_preview_metadata: true, max_upload_size: settings.maxUploadBytes };
  if (!features.has('uuidPromptId')) return old;
  return {
    supports_preview_metadata: true,
    supports_model_type_tags: true,
    max_upload_size: settings.maxUploadBytes,
    extension: { manager: { supports_v4: true } },
    node_replacements: true,
    assets: false,
  };
}

/** Fails while CUDA is broken, which makes it a probe for a dead card. */
function systemStats(context: ServerContext): Reply {
  if (context.life.cudaBroken)
    throw new PyError('RuntimeError', 'CUDA error: an illegal memory access was encountered');
  return json({ system: systemPart(context), devices: [devicePart(context)] });
}

const packages = [
  ['comfyui-frontend-package', '1.49.6'],
  ['comfyui-workflow-templates', '0.11.44'],
  ['comfyui-embedded-docs', '0.5.10'],
] as const;

function systemPart({ settings, features }: ServerContext): Writable {
  return {
    os: osName(settings.windows, features.has('platformOsName')),
    ram_total: totalmem(),
    ram_free: freemem(),
    comfyui_version: settings.version,
    required_frontend_version: '1.49.6',
    installed_templates_version: features.has('templateVersions') ? null : undefined,
    required_templates_version: features.has('templateVersions') ? '0.11.44' : undefined,
    comfy_package_versions: features.has('packageVersions')
      ? packages.map(([name, required]) => ({ name, installed: null, required }))
      : undefined,
    python_version: '3.11.7 (main, May  9 2026, 07:35:25) [GCC 12.2.0]',
    pytorch_version: '2.13.0+cu130',
    embedded_python: settings.windows,
    deploy_environment: features.has('uuidPromptId') ? 'local-git' : undefined,
    argv: ['main.py', '--preview-method', settings.previewMethod],
  };
}

function osName(windows: boolean, newer: boolean): string {
  if (newer) return windows ? 'win32' : 'linux';
  return windows ? 'nt' : 'posix';
}

const driverBytes = 500_000_000;

function devicePart({ settings, life }: ServerContext): Writable {
  const used = Math.min(life.vram.usedBytes, settings.gpuBytes - driverBytes);
  return {
    name: `cuda:0 ${settings.gpuName} : cudaMallocAsync`,
    type: 'cuda',
    index: 0,
    vram_total: settings.gpuBytes,
    vram_free: settings.gpuBytes - driverBytes - used,
    torch_vram_total: used,
    torch_vram_free: 0,
  };
}
