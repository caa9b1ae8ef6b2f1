import type { ModelFiles } from './nodes/model-files.js';

/** What a simulated node is like. All times are milliseconds before `speed` divides them. */
export interface SimulatedNodeOptions {
  /** Shown in the record and by the launcher. Default `sim`. */
  name?: string;
  /** 0 (default) takes a free port, which restarts keep. */
  port?: number;
  /** Loopback by default; nobody else should reach a server without authentication. */
  host?: string;
  /** Release to behave like, e.g. `0.3.56`. Default `0.33.0`. */
  version?: string;
  /** Files per models folder; default is what the Wan 2.2 image-to-video workflow needs. */
  models?: ModelFiles;
  /** How much fits on the card: a number of diffusion models, or bytes. Default two models. */
  vram?: { models: number } | { bytes: number };
  gpuName?: string;
  gpuBytes?: number;
  /** Time to bring a diffusion model (with its LoRAs) to the card when it is not resident. Default 50. */
  loadMs?: number;
  /** Time of one sampler step. Default 20. */
  stepMs?: number;
  /** Divides every simulated duration. Default 1. */
  speed?: number;
  /** From `execution_success` to the history entry (and the end marker). Default 0. */
  historyDelayMs?: number;
  /** From being listed as running until the interrupt flag is cleared: interrupts in between are lost. Default 1. */
  lostFlagWindowMs?: number;
  /** Grow each video to this size with an MP4 `free` box. */
  outputSizeBytes?: number;
  /** `--preview-method`; default `none`, as ComfyUI's. */
  previewMethod?: 'none' | 'auto' | 'latent2rgb' | 'taesd';
  /** Which results survive; default follows the version (`ram` since 0.23, else `classic`). */
  cache?: 'classic' | 'ram' | 'none';
  /** Windows separators in model names and outputs. */
  windows?: boolean;
  /** Greatest request body. Default 104857600, as ComfyUI's. */
  maxUploadBytes?: number;
  /** Holds `input`, `output`, `temp`; default a temporary folder, removed on stop. */
  dataDir?: string;
}

export type NodeSettings = Required<
  Omit<SimulatedNodeOptions, 'outputSizeBytes' | 'dataDir' | 'cache' | 'models'>
> &
  Pick<SimulatedNodeOptions, 'outputSizeBytes' | 'cache'>;

const defaults = {
  name: 'sim',
  port: 0,
  host: '127.0.0.1',
  version: '0.33.0',
  vram: { models: 2 },
  gpuName: 'NVIDIA GeForce RTX 4090',
  gpuBytes: 25_390_809_088,
  loadMs: 50,
  stepMs: 20,
  speed: 1,
  historyDelayMs: 0,
  lostFlagWindowMs: 1,
  previewMethod: 'none',
  windows: false,
  maxUploadBytes: 104_857_600,
} satisfies Partial<SimulatedNodeOptions>;

export const withDefaults = (options: SimulatedNodeOptions): NodeSettings => ({ ...defaults, ...options });
