/** `NODES_KUBERNETES`: the pods behind one Service, followed through its EndpointSlices and the pods of its namespace. */
import type { KubernetesService } from '../../../../platform/config/index.js';
import {
  type EndpointSlice,
  endpointSliceFrom,
  type Pod,
  podFrom,
  type Sighting,
  sightingOfEndpoints,
} from '../../domain/index.js';
import { type NodeSource, type SourceDependencies, SourceReport } from '../source.js';
import { KubernetesApi, type KubernetesApiOptions, KubernetesError } from './api.js';
import { Reflector, type ReflectorOptions, type ReflectorTimings } from './reflector.js';

/** Events come in bursts: a pod that starts makes a dozen. */
const settleMs = 50;

export const kubernetesTimings: ReflectorTimings = {
  // Quiet clusters send no bookmarks: the end of a watch is then the only sign of life.
  watchSeconds: 45,
  backoffMinMs: 500,
  backoffMaxMs: 30_000,
};

export class KubernetesSource implements NodeSource {
  readonly name: string;
  readonly report: SourceReport;
  private readonly api: KubernetesApi;
  private readonly slices: Reflector<EndpointSlice>;
  private readonly pods: Reflector<Pod>;
  private readonly failures = new Map<'slices' | 'pods', unknown>();
  private podsForbidden = false;
  private isChanged = false;
  private told = '';
  private cancelLook: (() => void) | undefined;

  constructor(
    private readonly target: KubernetesService,
    private readonly deps: SourceDependencies,
    api: KubernetesApiOptions,
    timings: ReflectorTimings = kubernetesTimings,
  ) {
    const { namespace, service, port } = target;
    this.name = `kubernetes:${namespace}/${service}:${port}`;
    this.report = new SourceReport(this.name, deps);
    this.api = new KubernetesApi(api);
    this.slices = new Reflector({
      ...this.following('slices', timings),
      path: `/apis/discovery.k8s.io/v1/namespaces/${namespace}/endpointslices`,
      labelSelector: `kubernetes.io/service-name=${service}`,
      digest: endpointSliceFrom,
    });
    this.pods = new Reflector({
      ...this.following('pods', timings),
      path: `/api/v1/namespaces/${namespace}/pods`,
      digest: podFrom,
    });
  }

  start(): void {
    this.slices.start();
    this.pods.start();
  }

  async stop(): Promise<void> {
    this.cancelLook?.();
    await Promise.all([this.slices.stop(), this.pods.stop()]);
    await this.api.close();
  }

  private following(
    what: 'slices' | 'pods',
    timings: ReflectorTimings,
  ): Omit<ReflectorOptions<never>, 'path' | 'digest'> {
    return {
      api: this.api,
      clock: this.deps.clock,
      random: Math.random,
      timings,
      heard: (changed) => {
        this.failures.delete(what);
        if (what === 'pods') this.podsForbidden = false;
        this.isChanged ||= changed;
        this.lookSoon();
      },
      failed: (error) => this.failed(what, error),
    };
  }

  private failed(what: 'slices' | 'pods', error: unknown): void {
    if (what === 'pods' && error instanceof KubernetesError && error.status === 403) this.forbidPods(error);
    else {
      this.failures.set(what, error);
      this.report.failed(error);
    }
  }

  /** Endpoints alone are enough to go on with, but then nothing tells that a process has ended. */
  private forbidPods(error: KubernetesError): void {
    if (!this.podsForbidden)
      this.deps.log.warn(
        { source: this.name, reason: error.message },
        'pods may not be read: nodes have no labels of theirs, and a pod that ends is found out by polling alone',
      );
    this.podsForbidden = true;
    this.failures.delete('pods');
    this.isChanged = true;
    this.lookSoon();
  }

  private lookSoon(): void {
    this.cancelLook ??= this.deps.clock.after(settleMs, () => {
      this.cancelLook = undefined;
      this.look();
    });
  }

  private look(): void {
    const isComplete = this.slices.items && (this.pods.items || this.podsForbidden);
    if (!isComplete || this.failures.size > 0) return;
    const isChanged = this.isChanged;
    this.isChanged = false;
    this.report.succeeded(isChanged ? this.sighting() : undefined);
  }

  /** Undefined when nodes and pods are the ones that were told before. */
  private sighting(): Sighting | undefined {
    const pods = this.podsForbidden ? undefined : this.pods.items && new Map(this.pods.items);
    const sighting = sightingOfEndpoints(this.target.port, [...(this.slices.items?.values() ?? [])], pods);
    const uids = [...(pods?.values() ?? [])].map(({ uid, over }) => (over ? '' : uid));
    const telling = JSON.stringify([sighting.nodes, uids.toSorted()]);
    if (telling === this.told) return undefined;
    this.told = telling;
    return sighting;
  }
}
