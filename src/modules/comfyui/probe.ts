/** Finds out what answers at an address. */
import { randomUUID } from 'node:crypto';

import type { ComfyClient } from './client.js';
import { readCapabilities, type Capabilities } from './domain/answers/capabilities.js';
import { asNumber, isJsonObject } from './domain/json/json.js';
import { clamp, clip } from './domain/json/storable.js';
import { ComfyCallError } from './transport/errors.js';

export interface GpuDevice {
  /** Without ComfyUI's index and allocator: `NVIDIA GeForce RTX 4090`. */
  name: string;
  /** `cuda`, `cpu`, `mps`, `xpu`, … */
  type: string;
  vramTotalBytes: number;
  /** Models in memory keep it low while idle: no measure of load. */
  vramFreeBytes: number;
}

export interface NodeMemory {
  vramTotalBytes: number;
  vramFreeBytes: number;
  ramTotalBytes: number;
  ramFreeBytes: number;
}

export type NodeProbe =
  | {
      kind: 'compatible';
      /** Undefined for a server that does not tell. */
      version: string | undefined;
      capabilities: Capabilities;
      /** The one the server computes on comes first. */
      gpus: GpuDevice[];
      ramTotalBytes: number;
      ramFreeBytes: number;
      /** `linux`, `win32`, `darwin`; before 0.4.0 `posix`, `nt`. */
      os: string;
      pythonVersion: string | undefined;
      pytorchVersion: string | undefined;
    }
  /** Something answers, but it is no ComfyUI, or one too old to be followed. `reason` is a sentence for the operator. */
  | { kind: 'incompatible'; reason: string };

/** Of what a server says of itself. */
const textLengthMax = 200;
const devicesMax = 64;

/** Throws `ComfyCallError` when nothing answers, or the server fails with a 5xx. */
export async function probeNode(client: ComfyClient): Promise<NodeProbe> {
  try {
    return await probe(client);
  } catch (error) {
    const reason = error instanceof ComfyCallError ? reasonOf(client.address, error) : undefined;
    if (reason === undefined) throw error;
    return { kind: 'incompatible', reason };
  }
}

async function probe(client: ComfyClient): Promise<NodeProbe> {
  const systemStats = await client.systemStats();
  const { system, devices } = systemStats;
  if (!isJsonObject(system) || !Array.isArray(devices))
    return { kind: 'incompatible', reason: notComfy(client.address, 'its /system_stats has another shape') };
  const capabilities = readCapabilities({ systemStats, ...(await probeRoutes(client)) });
  if (!capabilities.clientPromptIds)
    return { kind: 'incompatible', reason: tooOld(client.address, capabilities) };
  return {
    kind: 'compatible',
    version: capabilities.version,
    capabilities,
    gpus: devices.slice(0, devicesMax).flatMap(readDevice),
    ramTotalBytes: bytesOf(system.ram_total),
    ramFreeBytes: bytesOf(system.ram_free),
    os: textOf(system.os) ?? 'unknown',
    pythonVersion: textOf(system.python_version),
    pytorchVersion: textOf(system.pytorch_version),
  };
}

async function probeRoutes(client: ComfyClient) {
  const features = await client.features();
  // A job that nobody has: the answers tell whether the routes exist, and nothing is touched.
  const jobsApi = await unlessStatus(client.hasJobsApi(randomUUID()));
  const cancelled = await unlessStatus(client.cancelJob(randomUUID()));
  return {
    features,
    ...(jobsApi !== undefined && { jobsApi }),
    ...(cancelled !== undefined && { atomicCancel: cancelled !== 'unsupported' }),
  };
}

// One poisoned history entry makes these routes answer 500; the version then decides.
function unlessStatus<T>(answer: Promise<T>): Promise<T | undefined> {
  return answer.catch((error: unknown) => {
    if (error instanceof ComfyCallError && error.kind === 'status') return undefined;
    throw error;
  });
}

/** Of the GPU that the server computes on and of its machine, from an answer of `/system_stats`; undefined when it tells none. */
export function memoryIn({ system, devices }: Record<string, unknown>): NodeMemory | undefined {
  if (!isJsonObject(system) || !Array.isArray(devices)) return undefined;
  const [gpu] = devices.slice(0, devicesMax).flatMap(readDevice);
  return {
    vramTotalBytes: gpu?.vramTotalBytes ?? 0,
    vramFreeBytes: gpu?.vramFreeBytes ?? 0,
    ramTotalBytes: bytesOf(system.ram_total),
    ramFreeBytes: bytesOf(system.ram_free),
  };
}

function readDevice(device: unknown): GpuDevice[] {
  if (!isJsonObject(device)) return [];
  return [
    {
      name: cleanDeviceName(textOf(device.name) ?? 'unknown'),
      type: textOf(device.type) ?? 'unknown',
      vramTotalBytes: bytesOf(device.vram_total),
      vramFreeBytes: bytesOf(device.vram_free),
    },
  ];
}

// `cuda:0 NVIDIA GeForce RTX 4090 : cudaMallocAsync`
function cleanDeviceName(name: string): string {
  const cleaned = name.replace(/^\w+:\d+ /, '').replace(/ : \w+$/, '');
  return cleaned === '' ? name : cleaned;
}

function reasonOf(address: string, error: ComfyCallError): string | undefined {
  if (error.kind === 'protocol' || error.kind === 'too_large')
    return notComfy(address, 'its /system_stats is not the JSON that ComfyUI sends');
  const { status } = error;
  if (status === 401) return `${address} asks for a login: put user and password into the node's URL`;
  if (status === 403) return `${address} refuses our requests (status 403)`;
  if (status === undefined || status >= 500) return undefined;
  return notComfy(address, `its /system_stats answers with status ${status}`);
}

function notComfy(address: string, because: string): string {
  return `${address} is not a ComfyUI server: ${because}`;
}

// Without its own prompt ids a lost answer could not be told from a prompt that never arrived.
function tooOld(address: string, { version }: Capabilities): string {
  const seen = version === undefined ? 'tells no version' : `is ComfyUI ${version}`;
  return `${address} ${seen}; 0.3.45 or newer is needed, which takes the prompt ids of its clients`;
}

/** Whole and within what a bigint column and a JavaScript number hold. */
const bytesOf = (value: unknown): number => Math.round(clamp(asNumber(value), 0, Number.MAX_SAFE_INTEGER));

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? clip(value, textLengthMax) : undefined;
}
