/** Pods and the EndpointSlice of their Service, as kubelet and the endpoints controller write them. */
import type { ObjectStore } from './object-store.js';

export interface PodState {
  name: string;
  ip: string;
  port?: number;
  /** Another uid is another pod under the same name. */
  uid?: string;
  annotations?: Record<string, string>;
  labels?: Record<string, string>;
  restartCount?: number;
  /** Its container has ended and the next has not begun. */
  crashed?: boolean;
  ready?: boolean;
  terminating?: boolean;
  phase?: string;
}

export class PodsOfService {
  private readonly pods = new Map<string, Required<Pick<PodState, 'uid'>> & PodState>();

  constructor(
    private readonly store: ObjectStore,
    readonly namespace = 'ai',
    readonly service = 'comfyui',
  ) {}

  set(change: PodState): void {
    const known = this.pods.get(change.name);
    const pod = { uid: `uid-${change.name}`, port: 8188, restartCount: 0, ...known, ...change };
    if (known && known.uid !== pod.uid) this.store.delete(this.objectOf(known));
    this.pods.set(pod.name, pod);
    this.store.put(this.objectOf(pod));
    this.writeSlice();
  }

  /** The pod is no more, and then its endpoint. */
  remove(name: string): void {
    const pod = this.pods.get(name);
    if (!pod) return;
    this.pods.delete(name);
    this.store.delete(this.objectOf(pod));
    this.writeSlice();
  }

  /** The Service no longer selects the pod, which lives on. */
  deselect(name: string): void {
    this.pods.delete(name);
    this.writeSlice();
  }

  private objectOf({
    name,
    uid,
    port = 8188,
    labels,
    annotations,
    terminating,
    phase = 'Running',
    ...pod
  }: PodState) {
    const ended = { exitCode: 137, reason: 'OOMKilled' };
    const restarts = pod.restartCount ?? 0;
    return {
      kind: 'Pod',
      apiVersion: 'v1',
      metadata: {
        name,
        namespace: this.namespace,
        uid,
        labels: { app: 'comfyui', ...labels },
        ...(annotations && { annotations }),
        ...(terminating && { deletionTimestamp: '2026-01-01T00:00:00Z', deletionGracePeriodSeconds: 3900 }),
      },
      spec: {
        containers: [
          { name: 'log-shipper', image: 'fluent-bit:3' },
          {
            name: 'comfyui',
            image: 'comfyui:1',
            ports: [{ name: 'http', containerPort: port, protocol: 'TCP' }],
          },
        ],
      },
      status: {
        phase,
        podIP: pod.ip,
        containerStatuses: [
          {
            name: 'comfyui',
            restartCount: restarts,
            ready: !pod.crashed,
            state: pod.crashed
              ? { waiting: { reason: 'CrashLoopBackOff' } }
              : { running: { startedAt: '2026-01-01T00:00:00Z' } },
            lastState: restarts > 0 || pod.crashed ? { terminated: ended } : {},
          },
          {
            name: 'log-shipper',
            restartCount: 7,
            ready: true,
            state: { running: { startedAt: '2026-01-01T00:00:00Z' } },
            lastState: { terminated: ended },
          },
        ],
      },
    };
  }

  /** Ports differ from pod to pod here, for all have one address: those of one port share a slice. */
  private writeSlice(): void {
    const ports = [...new Set([...this.pods.values()].map(({ port = 8188 }) => port))];
    const names = new Set(ports.map((port) => `${this.service}-${port}`));
    for (const slice of this.store.list('EndpointSlice', this.namespace))
      if (
        !names.has(slice.metadata.name) &&
        slice.metadata.labels?.['kubernetes.io/service-name'] === this.service
      )
        this.store.delete(slice);
    for (const port of ports) this.store.put(this.sliceOf(port));
  }

  private sliceOf(port: number) {
    const pods = [...this.pods.values()].filter((pod) => (pod.port ?? 8188) === port);
    return {
      kind: 'EndpointSlice',
      apiVersion: 'discovery.k8s.io/v1',
      addressType: 'IPv4',
      metadata: {
        name: `${this.service}-${port}`,
        namespace: this.namespace,
        labels: { 'kubernetes.io/service-name': this.service },
      },
      ports: [{ name: 'http', port, protocol: 'TCP' }],
      endpoints: pods.map(({ name, ip, uid, ready = true, terminating = false }) => ({
        addresses: [ip],
        conditions: { ready: ready && !terminating, serving: ready, terminating },
        targetRef: { kind: 'Pod', namespace: this.namespace, name, uid },
      })),
    };
  }
}
