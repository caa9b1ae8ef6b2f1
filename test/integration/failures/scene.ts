/** One service and many pairs of nodes: the first of a pair fails in a test's way, the second is sound. Pairs do not meet. */
import {
  type FaultSpec,
  type SimulatedNode,
  startSimulatedNode,
} from '../../../src/programs/simulator/index.js';
import { Deployment, promptsOf, type Replica, type Run, runsOf } from '../../support/deployment.js';
import type { JobDetail } from '../../support/jobs-client.js';
import { eventually } from '../../support/poll.js';
import { samplingGraph, withModel } from '../../support/sampling-graph.js';
import { uploadPicture } from '../../support/upload-picture.js';

export class Scene {
  private readonly made: SimulatedNode[] = [];

  private constructor(
    readonly deployment: Deployment,
    readonly service: Replica,
  ) {}

  static async open(env: Record<string, string> = {}): Promise<Scene> {
    const deployment = await Deployment.create([]);
    // A node that is gone stays `ready` for two idle polls: long enough for a job to be placed on it.
    const service = await deployment.start({ IDLE_POLL_INTERVAL_MS: '700', ...env });
    return new Scene(deployment, service);
  }

  async close(): Promise<void> {
    await this.deployment.destroy();
    await Promise.all(this.made.map(async (node) => node.stop()));
  }

  /** Both take work, the second once `release` lets it; no other node has their model. */
  async pair(name: string): Promise<Pair> {
    const [victim, spare] = await Promise.all([
      this.employ(`${name}-victim`, name),
      this.employ(`${name}-spare`, name),
    ]);
    await this.service.jobs.post(`/v1/nodes/${spare.name}/drain`, {});
    return new Pair(this.service, victim, spare, `${name}.gguf`);
  }

  private async employ(name: string, model: string): Promise<SimulatedNode> {
    const node = await startSimulatedNode({
      name,
      stepMs: 20,
      loadMs: 1,
      models: withModel(`${model}.gguf`),
    });
    this.made.push(node);
    const added = await this.service.jobs.post('/v1/nodes', { id: name, url: node.url });
    if (!added.ok) throw new Error(await added.text());
    await eventually(() => this.service.jobs.nodesTakeWork([name]), {
      timeoutMs: 30_000,
      intervalMs: 50,
      what: `node ${name}`,
    });
    return node;
  }
}

export class Pair {
  constructor(
    readonly service: Replica,
    readonly victim: SimulatedNode,
    readonly spare: SimulatedNode,
    readonly model: string,
  ) {}

  get jobs(): Replica['jobs'] {
    return this.service.jobs;
  }

  inject(spec: FaultSpec): { clear(): void } {
    return this.victim.inject(spec);
  }

  /** A run of `steps` × 20 ms. */
  async submit({ steps = 3, ...more }: { steps?: number; deadline?: string } = {}): Promise<string> {
    return this.jobs.submit(samplingGraph({ steps, model: this.model }), more);
  }

  /** A run of the pair's model that needs an input file too. */
  async graphWithUpload(): Promise<object> {
    return {
      ...samplingGraph({ model: this.model, steps: 1 }),
      9: { class_type: 'LoadImage', inputs: { image: await uploadPicture(this.service.url) } },
      10: { class_type: 'SaveImage', inputs: { images: ['9', 0], filename_prefix: 'copy' } },
    };
  }

  /** Submits a run of two seconds and waits until the victim runs it. */
  async submitAndRun(steps = 100): Promise<string> {
    const id = await this.submit({ steps });
    await this.jobs.attemptIs(id, 'running');
    return id;
  }

  /** Submits, and holds the post at the victim until the spare node takes work too: what fails at once then has somewhere to go. */
  async submitThenRelease(
    submit = async () => this.submit(),
    whileHeld: () => void = () => undefined,
  ): Promise<string> {
    const gate = this.inject({ kind: 'slow-route', path: '/prompt', method: 'POST' });
    const id = await submit();
    await this.jobs.attemptIs(id, 'sending');
    whileHeld();
    await this.release();
    gate.clear();
    return id;
  }

  async release(): Promise<void> {
    await this.jobs.post(`/v1/nodes/${this.spare.name}/undrain`, {});
  }

  /** The victim is all there is. */
  async withoutSpare(): Promise<void> {
    await this.jobs.post(`/v1/nodes/${this.spare.name}`, {}, 'DELETE');
  }

  prompts(job: JobDetail): Run[] {
    return promptsOf(job, [this.victim, this.spare]);
  }

  runs(job: JobDetail): Run[] {
    return runsOf(job, [this.victim, this.spare]);
  }
}

export const outcomes = (job: JobDetail): (string | null)[] => job.history.map((attempt) => attempt.outcome);
