/**
 * `npm run fuzz`: strangers at both ports, nodes that lie and jobs whose results are odd, at once, for a while; then everybody is honest
 * again, and what must hold is looked at: the process lives, answers /livez, ended every job, and can read every row when it starts anew.
 */
import { readFileSync } from 'node:fs';
import { get } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { Deployment, type Replica } from '../support/deployment.js';
import { LyingNode, say } from '../support/lying-node.js';
import { eventually } from '../support/poll.js';
import { Random } from './random.js';
import { starvedMs } from './starved.js';
import { sendOdd, sendRaw, uploadOdd } from './requests.js';

export interface FuzzOptions {
  seed: number;
  /** How long the strangers are at it. */
  forMs: number;
  replicas: number;
  /** For the jobs to end once everybody is honest. */
  drainMs: number;
}

export interface FuzzReport {
  seed: number;
  requests: number;
  jobs: number;
  /** What must be empty: each a sentence. */
  faults: string[];
  /** Without the time for which this process or the service waited for a processor. */
  slowestLivezMs: number;
  slowestLivezOnThisMachineMs: number;
  rssBeforeMb: number;
  rssMostMb: number;
  rssAfterMb: number;
}

const nodes = 2;
const deadlineMs = 60_000;
const livezEveryMs = 250;
const livezMaxMs = 1_000;
/** What a service may have grown by when all is over, and how long it may take to give memory back. */
const growthMax = 1.2;
const shrinkMs = 120_000;
/** Shorter runs do not warm up. */
const memoryCountsFromMs = 60_000;
const warmUpShare = 0.1;
/** Ids of prompts: without them a node tells of nobody's job. */
const ids = /^"[0-9a-f]{8}-[0-9a-f-]{27}"$/;

export async function fuzz(options: FuzzOptions, report: (line: string) => void): Promise<FuzzReport> {
  const liars = await Promise.all(Array.from({ length: nodes }, () => LyingNode.start()));
  const deployment = await Deployment.create([]);
  try {
    return await new Fuzz(options, deployment, liars, report).run();
  } finally {
    await deployment.destroy();
    await Promise.all(liars.map(async (liar) => liar.stop()));
  }
}

class Fuzz {
  private readonly random: Random;
  private readonly faults: string[] = [];
  private readonly jobs = new Set<string>();
  private requests = 0;
  private slowestLivezMs = 0;
  private slowestLivezOnThisMachineMs = 0;
  private rssBeforeMb = 0;
  private rssMostMb = 0;
  private isOver = false;

  constructor(
    private readonly options: FuzzOptions,
    private readonly deployment: Deployment,
    private readonly liars: LyingNode[],
    private readonly report: (line: string) => void,
  ) {
    this.random = new Random(options.seed);
  }

  async run(): Promise<FuzzReport> {
    const replicas: Replica[] = [];
    for (let count = 0; count < this.options.replicas; count += 1)
      replicas.push(await this.deployment.start(settings, { nodesReady: false }));
    const [first] = replicas as [Replica];
    await this.register(first);
    const watching = Promise.all(replicas.map(async (replica) => this.watch(replica)));
    await this.attack(replicas);
    await this.calmDown(first);
    await this.jobsEnd(first);
    const rssAfterMb = await this.shrunk(replicas);
    this.isOver = true;
    await watching;
    await this.startAnew(replicas);
    const { requests, slowestLivezMs, slowestLivezOnThisMachineMs, rssBeforeMb, rssMostMb, faults } = this;
    const { seed } = this.options;
    return {
      seed,
      requests,
      jobs: this.jobs.size,
      faults,
      slowestLivezMs: Math.round(slowestLivezMs),
      slowestLivezOnThisMachineMs: Math.round(slowestLivezOnThisMachineMs),
      rssBeforeMb,
      rssMostMb,
      rssAfterMb,
    };
  }

  private async register(replica: Replica): Promise<void> {
    for (const [at, liar] of this.liars.entries())
      await replica.jobs.post('/v1/nodes', { id: `liar-${at}`, url: liar.url });
    const names = this.liars.map((_, at) => `liar-${at}`);
    await eventually(() => replica.jobs.nodesTakeWork(names), { timeoutMs: 30_000, what: 'the nodes' });
  }

  private async attack(replicas: readonly Replica[]): Promise<void> {
    const untilMs = performance.now() + this.options.forMs;
    const warmAtMs = performance.now() + this.options.forMs * warmUpShare;
    for (const liar of this.liars) {
      liar.lie = (_place, text) => (this.random.chance(0.1) ? this.random.mutate(text, ids) : text);
      liar.files.set('output//a.png', Buffer.from('bytes'));
    }
    const until = async (act: () => Promise<void>): Promise<void> => {
      while (performance.now() < untilMs && this.faults.length < 20) await act();
    };
    const strangers = replicas.flatMap((replica) => [
      until(async () => this.sendBytes(replica)),
      until(async () => this.sendTexts(replica)),
      until(async () => this.submit(replica)),
    ]);
    const warm = async (): Promise<void> => {
      await sleep(warmAtMs - performance.now());
      this.rssBeforeMb = this.rssOf(replicas);
    };
    await Promise.all([warm(), ...strangers]);
  }

  private async sendBytes(replica: Replica): Promise<void> {
    const port = Number(new URL(this.random.chance(0.5) ? replica.url : replica.nativeUrl).port);
    await Promise.all(Array.from({ length: 4 }, async () => sendRaw(port, this.random)));
    this.requests += 4;
    await sleep(20);
  }

  private async sendTexts(replica: Replica): Promise<void> {
    const { what, status } = await (this.random.chance(0.1)
      ? uploadOdd(replica, this.random)
      : sendOdd(replica, this.random));
    this.requests += 1;
    if (status >= 500 && status !== 503) this.fault(`${what} was answered ${status}`);
    await sleep(10);
  }

  private async submit(replica: Replica): Promise<void> {
    const { random } = this;
    const ui = random.pick([
      { text: [random.text()] },
      {
        images: [
          {
            filename: random.chance(0.5) ? 'a.png' : random.text(),
            subfolder: '',
            type: 'output',
            note: random.text(),
          },
        ],
      },
      { result: [random.text()], [random.text()]: random.text() },
    ]);
    const more = random.chance(0.3) ? { error: random.text() } : { ms: random.below(200) };
    const deadline = new Date(Date.now() + deadlineMs).toISOString();
    const id = await replica.jobs.submit(say(ui, more), { deadline }).catch(() => undefined);
    if (id !== undefined) {
      this.jobs.add(id);
      if (random.chance(0.1)) await replica.jobs.cancel(id).catch(() => undefined);
    }
    await sleep(150);
  }

  private async calmDown(replica: Replica): Promise<void> {
    for (const liar of this.liars) liar.lie = (_place, text) => text;
    this.report('everybody is honest again');
    await eventually(() => replica.jobs.nodesTakeWork(['liar-0', 'liar-1']), {
      timeoutMs: 90_000,
      intervalMs: 500,
      what: 'nodes that take work again',
    }).catch((error: unknown) => this.fault(`the nodes do not come back: ${String(error)}`));
  }

  /** The memory once it is back, or what is left of it when the time for that is over. */
  private async shrunk(replicas: readonly Replica[]): Promise<number> {
    const isBack = (): boolean => this.rssOf(replicas) <= this.rssBeforeMb * growthMax;
    if (this.options.forMs >= memoryCountsFromMs)
      await eventually(async () => isBack(), {
        timeoutMs: shrinkMs,
        intervalMs: 2_000,
        what: 'memory',
      }).catch(() =>
        this.fault(`memory is not back: ${this.rssBeforeMb} MB before, ${this.rssOf(replicas)} MB after`),
      );
    return this.rssOf(replicas);
  }

  /** Asked for all at once: thousands of single questions take a busy machine longer than the jobs do. */
  private async jobsEnd(replica: Replica): Promise<void> {
    let open: unknown[] = [];
    await eventually(
      async () => {
        open = await openJobs(replica);
        return open.length === 0;
      },
      { timeoutMs: this.options.drainMs, intervalMs: 1_000, what: 'the end of every job' },
    ).catch(() =>
      this.fault(`${open.length} jobs or more have not ended, one is ${JSON.stringify(open[0])}`),
    );
    const last = await replica.jobs
      .ended(await replica.jobs.submit(say({ text: ['after'] })), 60_000)
      .catch(String);
    if (typeof last === 'string' || last.state !== 'succeeded')
      this.fault(`a job afterwards: ${JSON.stringify(last)}`);
  }

  /** A row that cannot be read shows at the next start at the latest. */
  private async startAnew(replicas: readonly Replica[]): Promise<void> {
    for (const replica of replicas) {
      const code = await replica.stop();
      if (code !== 0) this.fault(`the service ended with ${code}`);
      for (const line of replica.output().split('\n'))
        if (/unhandledRejection|uncaughtException|ERR_UNHANDLED/.test(line)) this.fault(line.slice(0, 500));
    }
    const fresh = await this.deployment.start(settings, { nodesReady: false });
    await this.read(`${fresh.url}/v1/nodes`);
    await this.read(`${fresh.nativeUrl}/history?max_items=1000`);
    await this.read(`${fresh.nativeUrl}/queue`);
    await this.read(`${fresh.url}/metrics`);
    for (let cursor = ''; ;) {
      const page = await this.read(`${fresh.url}/v1/jobs?limit=200${cursor}`);
      const { jobs = [], next_cursor: next } = JSON.parse(page || '{}') as {
        jobs?: { id: string }[];
        next_cursor?: string | null;
      };
      for (const { id } of jobs) await this.read(`${fresh.url}/v1/jobs/${id}`);
      if (typeof next !== 'string') break;
      cursor = `&cursor=${next}`;
    }
    await fresh.stop();
  }

  private async read(url: string): Promise<string> {
    const response = await fetch(url, { signal: AbortSignal.timeout(60_000) }).catch(() => undefined);
    if (!response?.ok) {
      this.fault(
        `after a new start ${new URL(url).pathname} was answered ${response?.status ?? 'not at all'}`,
      );
      return '';
    }
    return response.text();
  }

  private async watch(replica: Replica): Promise<void> {
    void replica.ended.then(
      (code) =>
        this.isOver || this.fault(`the process ended with ${code}: ${replica.output().slice(-2_000)}`),
    );
    while (!this.isOver) {
      const beganMs = performance.now();
      const starvedBeforeMs = starvedMs(replica.pid) + starvedMs(process.pid);
      const answered = await isAlive(replica.url);
      const tookMs = performance.now() - beganMs;
      const ownMs = tookMs - (starvedMs(replica.pid) + starvedMs(process.pid) - starvedBeforeMs);
      this.slowestLivezMs = Math.max(this.slowestLivezMs, ownMs);
      this.slowestLivezOnThisMachineMs = Math.max(this.slowestLivezOnThisMachineMs, tookMs);
      if (ownMs > livezMaxMs) this.fault(`/livez took ${Math.round(ownMs)} ms`);
      this.rssMostMb = Math.max(this.rssMostMb, this.rssOf([replica]));
      if (!answered && !this.isOver) this.fault(`/livez was not answered for ${Math.round(tookMs)} ms`);
      await sleep(livezEveryMs);
    }
  }

  private rssOf(replicas: readonly Replica[]): number {
    try {
      const kib = replicas.map(({ pid }) =>
        Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0),
      );
      return Math.round(Math.max(...kib) / 1024);
    } catch {
      return 0;
    }
  }

  private fault(sentence: string): void {
    this.faults.push(sentence);
    this.report(`FAULT ${sentence}`);
  }
}

async function openJobs({ url }: Replica): Promise<unknown[]> {
  const pages = await Promise.all(
    ['queued', 'delayed', 'active'].map(async (state) => {
      const response = await fetch(`${url}/v1/jobs?limit=200&state=${state}`);
      return ((await response.json()) as { jobs: unknown[] }).jobs;
    }),
  );
  return pages.flat();
}

/** Over a connection of its own: one of a pool may be closed because of what a stranger sent over it before. */
async function isAlive(url: string): Promise<boolean> {
  return new Promise((resolve) => {
    const request = get(`${url}/livez`, { agent: false, timeout: 30_000 }, (response) => {
      response.resume();
      resolve(response.statusCode === 200);
    });
    request.on('error', () => resolve(false)).on('timeout', () => request.destroy());
  });
}

const settings = { INVENTORY_REFRESH_MS: '3000', LOG_LEVEL: 'warn' };
