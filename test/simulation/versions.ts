/**
 * Fifty replicas with versions of workflows between them: the service's own library, way in and prompt maker, over a record and notices
 * that are late, lost and refused, while authors turn channels and replicas start anew. Every choice comes from the seed; time is the
 * test's (fake timers).
 */
import { pino } from 'pino';
import { PromptPreparer } from '../../src/modules/dispatch/run/prompt.js';
import { WorkflowIntake } from '../../src/modules/jobs/intake/workflow-intake.js';
import {
  requirementsOf,
  textOfWorkflow,
  WorkflowCatalogue,
  type WorkflowDefinition,
  WorkflowLibrary,
} from '../../src/modules/workflows/index.js';
import { type Rng, stream } from '../../src/programs/simulation/rng.js';
import { definitionOf, staleMaxMs, VersionRecord } from './version-record.js';
import { must } from './world.js';

const replicaCount = 50;
const names = ['one', 'two', 'three'];
interface WaitingJob {
  reference: string;
  templateHash: string;
  params: string | null;
}

type Fault = 'reads the latest version at the run';

interface Replica {
  library: WorkflowLibrary;
  workOf: WorkflowIntake['fill'];
  prompts: PromptPreparer;
}

export class Versions {
  readonly record = new VersionRecord();
  readonly jobs: WaitingJob[] = [];
  turns = 0;
  runs = 0;
  restarts = 0;
  refused = 0;
  private readonly replicas: Replica[] = [];
  private readonly listeners = new Map<number, () => void>();
  private readonly hashes: { name: string; hash: string }[] = [];
  private readonly rng: Rng;

  constructor(
    seed: number,
    private readonly fault?: Fault,
  ) {
    this.rng = stream(seed, 'versions');
  }

  async start(): Promise<void> {
    for (let at = 0; at < replicaCount; at += 1) await this.startReplica(at);
    for (const name of names) await this.publish(name);
  }

  async stop(): Promise<void> {
    for (const { library } of this.replicas) await library.onModuleDestroy();
  }

  /** Until so many jobs wait. */
  async submitAll(count: number): Promise<void> {
    while (this.jobs.length < count) {
      await this.pause(20);
      await this.submit();
    }
  }

  /** Turns channels, publishes, starts replicas anew. */
  async turnUntil(isOver: () => boolean): Promise<void> {
    while (!isOver()) {
      await this.pause(150);
      const dice = this.rng.next();
      if (dice < 0.25) await this.publish(this.oneOf(names));
      else if (dice < 0.9) await this.turn();
      else await this.restart(this.rng.int(replicaCount));
    }
  }

  /** Each once or more, on whichever replica. */
  async runAll(): Promise<void> {
    for (let job = this.jobs.pop(); job; job = this.jobs.pop())
      for (let attempts = 1 + this.rng.int(3); attempts > 0; attempts -= 1) await this.runJob(job);
  }

  /** What every replica says of every channel, once it has had the time. */
  async settled(): Promise<void> {
    await this.sleep(2 * staleMaxMs);
    for (const { name, channel, hash } of this.record.rows())
      for (const [at, { library }] of this.replicas.entries()) {
        const found = await this.trying(async () => library.resolve(`${name}@${channel}`));
        must(
          found !== undefined && textOfWorkflow(found).hash === hash,
          `replica ${at} agrees on ${name}@${channel}`,
        );
      }
  }

  private async submit(): Promise<void> {
    const { name, hash } = this.oneOf(this.hashes);
    const version = this.oneOf([hash, hash.slice(0, 12), 'latest', 'stable', hash]);
    const reference = version === 'latest' ? name : `${name}@${version}`;
    const { workOf } = this.oneOf(this.replicas);
    const work = await workOf({ workflow: reference, inputs: {}, door: 'v1' }).catch(() => undefined);
    // A read that failed, or a channel that this replica has not heard of; its client tries again.
    if (!work) return void (this.refused += 1);
    const { templateHash, params } = work.input;
    if (templateHash === null) throw new Error('a named workflow has a template');
    must(this.record.templates.has(templateHash), 'what is submitted has its template in the record');
    must(
      hash.startsWith(version)
        ? templateHash === hash
        : this.record.mayBelieve(name, version, templateHash, Date.now()),
      `${reference} runs what it names`,
    );
    this.jobs.push({ reference, templateHash, params });
  }

  private async runJob({ reference, templateHash, params }: WaitingJob): Promise<void> {
    const { prompts, library } = this.oneOf(this.replicas);
    const now = async (): Promise<string | undefined> => {
      const definition = await library.resolve(reference.slice(0, reference.lastIndexOf('@')));
      return definition && textOfWorkflow(definition).text;
    };
    const text = this.fault ? ((await now()) ?? '') : this.record.templates.get(templateHash)!;
    const input = {
      templateDefinition: text,
      params,
      graph: null,
      assets: [],
      extraData: null,
      secrets: null,
    };
    const prompt = await prompts.prepare(input, { standing: { ver: 1 } } as never, null);
    this.runs += 1;
    const own = this.record.texts.get(templateHash)!;
    must('graph' in prompt, `${reference} can be run`);
    const made = 'graph' in prompt ? prompt.graph['2']?.inputs['filename_prefix'] : undefined;
    must(own.text.includes(`"${String(made)}"`), `${reference} runs the version that it was submitted with`);
  }

  private async publish(name: string): Promise<void> {
    const { library } = this.oneOf(this.replicas);
    const definition = definitionOf(name, `${name}-${this.rng.int(1_000)}`);
    const { hash } = await this.trying(async () =>
      library.put(definition, this.oneOf(['latest', 'latest', 'stable'])),
    );
    this.hashes.push({ name, hash });
  }

  private async turn(): Promise<void> {
    const { name, hash } = this.oneOf(this.hashes);
    const { library } = this.oneOf(this.replicas);
    const length = this.oneOf([12, 64]);
    await this.trying(async () =>
      library.point(name, this.oneOf(['latest', 'latest', 'stable']), hash.slice(0, length)),
    );
    this.turns += 1;
  }

  private async restart(at: number): Promise<void> {
    await this.replicas[at]!.library.onModuleDestroy();
    await this.startReplica(at);
    this.restarts += 1;
  }

  private async startReplica(at: number): Promise<void> {
    this.listeners.delete(at);
    const store = this.storeOf();
    const library = new WorkflowLibrary(
      store as never,
      new WorkflowCatalogue([]),
      this.notificationsOf(at) as never,
      { WORKFLOWS_DIR: 'none' } as never,
      pino({ level: 'silent' }),
    );
    await this.trying(async () => library.onApplicationBootstrap());
    const inventory = {
      requirementsOf: (graph: WorkflowDefinition['graph']) => requirementsOf(graph),
      needsOf: async (graph: WorkflowDefinition['graph']) => Promise.resolve(requirementsOf(graph)),
    };
    const files = { inWorkflow: async (_of: unknown, inputs: object) => Promise.resolve(inputs) };
    const intake = new WorkflowIntake(library, files as never, inventory as never, store as never);
    const nodes = { readinessOf: () => undefined };
    const prompts = new PromptPreparer({} as never, nodes as never, inventory as never, {} as never);
    this.replicas[at] = { library, prompts, workOf: async (submission) => intake.fill(submission) };
  }

  /** What a replica asks of the record: the way there and back takes time, and is sometimes cut, before or behind the deed. */
  private storeOf() {
    const { record } = this;
    return {
      channels: async () => this.asked(() => record.rows()),
      texts: async (hashes: string[]) =>
        this.asked(
          () =>
            new Map(
              hashes.flatMap((hash) =>
                record.texts.has(hash) ? [[hash, record.texts.get(hash)!.text]] : [],
              ),
            ),
        ),
      keep: async ({
        hash,
        name,
        text,
        channel,
      }: {
        hash: string;
        name: string;
        text: string;
        channel: string;
      }) =>
        this.asked(() => {
          const isNew = !record.texts.has(hash);
          record.texts.set(hash, { name, text });
          record.point(name, channel, hash, Date.now());
          return isNew;
        }),
      hashesOf: async (name: string, prefix: string) =>
        this.asked(() =>
          [...record.texts]
            .flatMap(([hash, kept]) => (kept.name === name && hash.startsWith(prefix) ? [hash] : []))
            .slice(0, 2),
        ),
      point: async (name: string, channel: string, hash: string) =>
        this.asked(() => record.point(name, channel, hash, Date.now())),
      ensureTemplate: async (hash: string, _name: string, text: string) =>
        this.asked(() => void (record.templates.has(hash) || record.templates.set(hash, text))),
    };
  }

  /** One notice of five is lost. */
  private notificationsOf(at: number) {
    return {
      listen: async (_channel: string, heard: () => void) =>
        Promise.resolve(void this.listeners.set(at, heard)),
      notify: async () => {
        for (const to of this.listeners.keys())
          if (this.rng.next() > 0.2) setTimeout(() => this.listeners.get(to)?.(), this.rng.int(300));
        return Promise.resolve();
      },
    };
  }

  private async asked<Result>(deed: () => Result): Promise<Result> {
    await this.pause(8);
    if (this.rng.next() < 0.02) throw new Error('the database is away');
    const result = deed();
    await this.pause(8);
    if (this.rng.next() < 0.01) throw new Error('the connection was cut');
    return result;
  }

  private async trying<Result>(deed: () => Promise<Result>): Promise<Result> {
    for (let tries = 0; tries < 20; tries += 1) {
      try {
        return await deed();
      } catch {
        await this.pause(50);
      }
    }
    throw new Error('twenty tries failed');
  }

  private async pause(meanMs: number): Promise<void> {
    await this.sleep(1 + Math.round(this.rng.exponential(meanMs)));
  }

  private async sleep(durationMs: number): Promise<void> {
    await new Promise((resolve) => void setTimeout(resolve, durationMs));
  }

  private oneOf<Item>(items: readonly Item[]): Item {
    return items[this.rng.int(items.length)]!;
  }
}
