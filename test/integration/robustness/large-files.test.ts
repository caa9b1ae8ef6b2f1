/** What passes through the service passes in pieces: its memory does not grow with the file. */
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { type IncomingMessage, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import jpeg from 'jpeg-js';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createDatabase, type TestDatabase } from '../../support/database.js';
import { eventually } from '../../support/poll.js';
import { peakResidentBytes, residentBytes } from '../../support/processes.js';
import { type Service, startService } from '../../support/service.js';
import { type Simulator, startSimulator } from '../../support/simulator.js';

/** Less than any of the large files. */
const growthMaxBytes = 50e6;

interface Sizes {
  pictureBytes: number;
  videoBytes: number;
  uploadBytes: number;
}
const small: Sizes = { pictureBytes: 60e3, videoBytes: 300e3, uploadBytes: 95e3 };
const large: Sizes = { pictureBytes: 60e6, videoBytes: 300 * 1024 * 1024, uploadBytes: 95e6 };

interface Output {
  url: string;
  sha256: string;
  size_bytes: number;
}

interface Job {
  state: string;
  error: unknown;
  outputs: Output[];
}

const dataDir = mkdtempSync(join(tmpdir(), 'comfymux-large-files-'));
let database: TestDatabase;
let simulator: Simulator;
let service: Service;

beforeAll(async () => {
  database = await createDatabase();
});

afterAll(async () => {
  await database.drop();
  rmSync(dataDir, { recursive: true, force: true });
});

test.runIf(process.platform === 'linux')(
  'a picture to its node, a video from there to three clients and an upload need no more memory when they are a thousand times as large',
  { timeout: 240_000 },
  async () => {
    const peaks = { small: await peakOf(small), large: await peakOf(large) };
    console.info(`peak of resident memory: small files ${mb(peaks.small)}, large ones ${mb(peaks.large)}`);
    expect(peaks.large - peaks.small).toBeLessThan(growthMaxBytes);
  },
);

/** Of a service that starts anew. */
async function peakOf(sizes: Sizes): Promise<number> {
  const quick = ['--step-ms', '1', '--load-ms', '1'];
  simulator = await startSimulator([
    '--nodes',
    '1',
    '--output-size-bytes',
    String(sizes.videoBytes),
    ...quick,
  ]);
  service = await startService({
    DATABASE_URL: database.url,
    DATA_DIR: dataDir,
    NODES: simulator.nodes.map(({ name, url }) => `${name}=${url}`).join(','),
    NODE_POLL_INTERVAL_MS: '100',
    IDLE_POLL_INTERVAL_MS: '200',
  });
  try {
    console.info(`resident memory of an idle service: ${mb(residentBytes(service.pid))}`);
    await pass(sizes);
    return peakResidentBytes(service.pid);
  } finally {
    await service.stop();
    await simulator.stop();
  }
}

/** All comes byte for byte. */
async function pass({ pictureBytes, videoBytes, uploadBytes }: Sizes): Promise<void> {
  const { outputs } = await finished(await submit(padded(picture, pictureBytes)));
  const [video] = outputs;
  expect(video?.size_bytes).toBe(videoBytes);
  expect(await hashOf(onNode(video?.url ?? ''))).toBe(video?.sha256);
  const downloads = await Promise.all([1, 2, 3].map(() => hashOf(video?.url ?? '')));
  expect(downloads).toEqual([video?.sha256, video?.sha256, video?.sha256]);
  const head = Buffer.from('GIF89a\x10\0\x10\0', 'latin1');
  const answer = await upload('/v1/assets', 'file', padded(head, uploadBytes));
  expect(answer).toMatchObject({ asset: sha256Of(padded(head, uploadBytes)), size_bytes: uploadBytes });
}

const mb = (bytes: number): string => `${Math.round(bytes / 1e6)} MB`;

/** What follows its end counts for nothing. */
const picture = jpeg.encode({ width: 32, height: 32, data: Buffer.alloc(32 * 32 * 4) }, 80).data;

/** `head`, and then zeros up to `sizeBytes`. */
function* padded(head: Buffer, sizeBytes: number): Generator<Buffer> {
  yield head;
  const chunk = Buffer.alloc(64 * 1024);
  for (let left = sizeBytes - head.length; left > 0; left -= chunk.length) yield chunk.subarray(0, left);
}

async function upload(
  path: string,
  field: string,
  file: Iterable<Buffer>,
  fields: Record<string, string> = {},
): Promise<Record<string, string>> {
  const call = request(service.url + path, {
    method: 'POST',
    headers: { 'content-type': 'multipart/form-data; boundary=edge' },
  });
  Readable.from(multipart(field, file, fields)).pipe(call);
  const [answer] = (await once(call, 'response')) as [IncomingMessage];
  return JSON.parse(await text(answer)) as Record<string, string>;
}

function* multipart(
  field: string,
  file: Iterable<Buffer>,
  fields: Record<string, string>,
): Generator<Buffer> {
  for (const [name, value] of Object.entries(fields))
    yield Buffer.from(`--edge\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`);
  yield Buffer.from(`--edge\r\nContent-Disposition: form-data; name="${field}"; filename="a.jpg"\r\n\r\n`);
  yield* file;
  yield Buffer.from('\r\n--edge--\r\n');
}

/** Answers the job's id. */
async function submit(image: Iterable<Buffer>): Promise<string> {
  const fields = { prompt: 'a slow pan', width: '512', height: '512', length: '16' };
  const { prompt_id: id } = await upload('/api/upload_and_generate', 'image', image, fields);
  return id ?? '';
}

async function finished(id: string): Promise<Job> {
  const probe = async (): Promise<Job | undefined> => {
    const job = (await (await fetch(`${service.url}/v1/jobs/${id}`)).json()) as Job;
    return ['succeeded', 'failed'].includes(job.state) ? job : undefined;
  };
  return eventually(probe, { timeoutMs: 120_000, intervalMs: 50, what: 'the end of the job' });
}

/** The same file where the node made it. */
function onNode(viewUrl: string): string {
  return `${simulator.nodes[0]?.url}/view${new URL(viewUrl).search}`;
}

async function hashOf(url: string): Promise<string> {
  const { body } = await fetch(url);
  const hash = createHash('sha256');
  for await (const chunk of body ?? []) hash.update(chunk);
  return hash.digest('hex');
}

function sha256Of(file: Iterable<Buffer>): string {
  const hash = createHash('sha256');
  for (const chunk of file) hash.update(chunk);
  return hash.digest('hex');
}
