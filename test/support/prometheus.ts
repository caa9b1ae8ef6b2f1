/** A real Prometheus that scrapes services every second. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually } from './poll.js';
import { freePort } from './ports.js';

/** Debian's package `prometheus` has it. */
export const hasPrometheus = spawnSync('prometheus', ['--version']).status === 0;

export interface Rule {
  name: string;
  health: string;
  state: string;
  lastError?: string;
}

export class Prometheus {
  private constructor(
    private readonly child: ChildProcess,
    private readonly folder: string,
    private readonly url: string,
  ) {}

  static async start(targets: readonly string[], rulesPath: string): Promise<Prometheus> {
    const folder = await mkdtemp(join(tmpdir(), 'prometheus-'));
    const configPath = join(folder, 'prometheus.json');
    const discovery = { files: [join(folder, 'targets.json')], refresh_interval: '1s' };
    const scrape = { job_name: 'comfymux', file_sd_configs: [discovery] };
    const config = {
      global: { scrape_interval: '1s', evaluation_interval: '1s' },
      rule_files: [rulesPath],
      scrape_configs: [scrape],
    };
    await writeFile(configPath, JSON.stringify(config));
    const port = await freePort();
    const args = [
      `--config.file=${configPath}`,
      `--storage.tsdb.path=${folder}`,
      `--web.listen-address=127.0.0.1:${port}`,
    ];
    const child = spawn('prometheus', args, { stdio: 'ignore' });
    const prometheus = new Prometheus(child, folder, `http://127.0.0.1:${port}`);
    await prometheus.scrape(targets);
    await eventually(async () => (await fetch(`${prometheus.url}/-/ready`)).ok, {
      timeoutMs: 30_000,
      intervalMs: 100,
      what: 'Prometheus',
    });
    return prometheus;
  }

  /** From now on these, given as URLs, and no others. */
  async scrape(targets: readonly string[]): Promise<void> {
    const hosts = targets.map((url) => new URL(url).host);
    const draft = join(this.folder, 'targets.draft');
    await writeFile(draft, JSON.stringify([{ targets: hosts }]));
    await rename(draft, join(this.folder, 'targets.json'));
  }

  /** The series that an expression has now. Rejects when it is none. */
  async query(expression: string): Promise<{ metric: Record<string, string>; value: [number, string] }[]> {
    const { result } = await this.get<{
      result: { metric: Record<string, string>; value: [number, string] }[];
    }>(`query?query=${encodeURIComponent(expression)}`);
    return result;
  }

  /** The series that an expression had in the last `seconds`, a value each second. Rejects when it is none. */
  async range(
    expression: string,
    seconds: number,
  ): Promise<{ metric: Record<string, string>; values: [number, string][] }[]> {
    const nowS = Math.floor(Date.now() / 1000);
    const when = `start=${nowS - seconds}&end=${nowS}&step=1`;
    const { result } = await this.get<{
      result: { metric: Record<string, string>; values: [number, string][] }[];
    }>(`query_range?query=${encodeURIComponent(expression)}&${when}`);
    return result;
  }

  async rules(): Promise<Rule[]> {
    const { groups } = await this.get<{ groups: { rules: Rule[] }[] }>('rules');
    return groups.flatMap(({ rules }) => rules);
  }

  async stop(): Promise<void> {
    this.child.kill('SIGTERM');
    if (this.child.exitCode === null) await once(this.child, 'exit');
    await rm(this.folder, { recursive: true });
  }

  private async get<T>(path: string): Promise<T> {
    const response = await fetch(`${this.url}/api/v1/${path}`);
    const body = (await response.json()) as { status: string; error?: string; data: T };
    if (body.status !== 'success') throw new Error(`${body.error}: ${decodeURIComponent(path)}`);
    return body.data;
  }
}
