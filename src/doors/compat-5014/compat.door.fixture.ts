/** The whole door on a free port, with jobs, nodes and the asset table in memory. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { PNG } from 'pngjs';
import { CONFIG } from '../../platform/config/index.js';
import { loadConfig } from '../../platform/config/index.js';
import { createHttpAdapter, DoorErrorFilter, DoorTable, OutputLinks, serveApiDocs } from '../kit/index.js';
import { equipForTest, plainDoor } from '../kit/port/port.fixture.js';
import { createLogger } from '../../platform/logging/index.js';
import { FileStorage } from '../../platform/storage/index.js';
import { AssetsService, type StoredAsset } from '../../modules/assets/index.js';
import { JobIntake, type JobOutput, JobsService } from '../../modules/jobs/index.js';
import { NodesService } from '../../modules/nodes/index.js';
import { CompatController } from './compat.controller.js';
import { compatDoor } from './compat.door.js';
import type { CompatJob } from './domain/shapes.js';
import { GenerateService } from './generate.service.js';
import { SyncService } from './sync.service.js';
import { ViewController } from './view.controller.js';

export const maxUploadBytes = 100_000;

export const image = pngOf(8, 6);

export function pngOf(width: number, height: number): Blob {
  return new Blob([PNG.sync.write(new PNG({ width, height }))]);
}

class AssetTable {
  readonly assets = new Map<string, StoredAsset>();
  readonly uploads: { name: string; sha256: string }[] = [];

  async keepUpload(asset: Omit<StoredAsset, 'createdAt'>): Promise<StoredAsset> {
    const stored = { ...asset, createdAt: new Date() };
    this.assets.set(asset.sha256, stored);
    return stored;
  }
  async room(): Promise<null> {
    return null;
  }
  async find(sha256: string): Promise<StoredAsset | null> {
    return this.assets.get(sha256) ?? null;
  }
  async recordUpload(_tenant: string, name: string, sha256: string): Promise<void> {
    this.uploads.push({ name, sha256 });
  }
  async findUpload(_tenant: string, name: string): Promise<StoredAsset | null> {
    const newest = this.uploads.findLast((entry) => entry.name === name);
    return newest ? this.find(newest.sha256) : null;
  }
}

class JobTable {
  submitted: { inputs: Record<string, unknown> }[] = [];
  known = new Map<string, CompatJob & { outputs: JobOutput[] }>();

  async submitWorkflow(submission: { inputs: Record<string, unknown> }): Promise<{ jobId: string }> {
    this.submitted.push(submission);
    return { jobId: '01a7f0de-0000-7000-8000-000000000001' };
  }
  async get(id: string) {
    return this.known.get(id) ?? null;
  }
  async findOutput({ filename, of }: FindOutput): Promise<JobOutput | null> {
    const outputs = [...this.known.values()].flatMap((job) => job.outputs);
    return (
      outputs.find(
        (output) => output.filename === filename && (!('jobId' in of) || output.jobId === of.jobId),
      ) ?? null
    );
  }
}

interface FindOutput {
  filename: string;
  of: { jobId: string } | { door: string };
}

const never = (): never => {
  throw new Error('nothing is signed where everybody may read');
};
const unsigned = new OutputLinks(loadConfig({}), { sign: never, share: never });

export class Door {
  readonly table = new AssetTable();
  readonly jobs = new JobTable();
  readonly nodes = {
    connected: true,
    anyAnswering: () => ({ connected: this.nodes.connected, reason: 'gpu-1: refused' }),
    clients: () => [],
  };
  base = '';

  private constructor(
    readonly folder: string,
    private app?: NestFastifyApplication,
  ) {}

  static async open(): Promise<Door> {
    const door = new Door(await mkdtemp(join(tmpdir(), 'compat-door-')));
    door.app = await NestFactory.create<NestFastifyApplication>(
      door.module(),
      createHttpAdapter({ bodyLimitBytes: 1_000_000, trust: (_address, hop) => hop < 1 }),
      { logger: false },
    );
    const log = createLogger({ level: 'silent' });
    const doors = new DoorTable([compatDoor, plainDoor({ prefixes: ['/v1'] })]);
    equipForTest(door.app.getHttpAdapter().getInstance(), doors, { log });
    door.app.useGlobalFilters(new DoorErrorFilter(doors, log));
    serveApiDocs(door.app, { title: 'Door', description: '', version: '1', parts: [] });
    await door.app.listen(0, '127.0.0.1');
    door.base = await door.app.getUrl();
    return door;
  }

  async close(): Promise<void> {
    await this.app?.close();
    await rm(this.folder, { recursive: true });
  }

  get(path: string, headers: Record<string, string> = {}): Promise<Response> {
    return fetch(this.base + path, { headers, redirect: 'manual' });
  }

  upload(fields: Record<string, string | Blob>): Promise<Response> {
    return fetch(`${this.base}/api/upload_and_generate`, { method: 'POST', body: formOf(fields) });
  }

  generate(body: string | Uint8Array<ArrayBuffer>): Promise<Response> {
    const headers = { 'content-type': 'application/json' };
    return fetch(`${this.base}/api/generate`, { method: 'POST', body, headers });
  }

  private module(): new () => object {
    const [table, storage] = [this.table, new FileStorage(this.folder)];
    const assets = new AssetsService(
      table as unknown as ConstructorParameters<typeof AssetsService>[0],
      storage,
    );
    @Module({
      controllers: [CompatController, ViewController],
      providers: [
        { provide: CONFIG, useValue: { MAX_UPLOAD_BYTES: maxUploadBytes } },
        { provide: AssetsService, useValue: assets },
        { provide: JobIntake, useValue: this.jobs },
        { provide: JobsService, useValue: this.jobs },
        { provide: NodesService, useValue: this.nodes },
        { provide: OutputLinks, useValue: unsigned },
        GenerateService,
        SyncService,
      ],
    })
    class DoorModule {}
    return DoorModule;
  }
}

/** Files are sent under the name `test.jpg`, whatever they hold. */
export function formOf(fields: Record<string, string | Blob>): FormData {
  const data = new FormData();
  for (const [name, value] of Object.entries(fields)) {
    if (typeof value === 'string') data.append(name, value);
    else data.append(name, value, 'test.jpg');
  }
  return data;
}
