/** What is kept of EndpointSlices and Pods: what tells of nodes, and no more. */
import { z } from 'zod';

const targetRef = z.object({
  kind: z.string().optional(),
  namespace: z.string().optional(),
  name: z.string().optional(),
  uid: z.string().optional(),
});

const endpointSlice = z.object({
  addressType: z.string(),
  endpoints: z
    .array(
      z.object({
        addresses: z.array(z.string()),
        conditions: z.object({ terminating: z.boolean().nullish() }).nullish(),
        targetRef: targetRef.nullish(),
      }),
    )
    .nullish(),
  ports: z.array(z.object({ name: z.string().nullish(), port: z.number().nullish() })).nullish(),
});

export interface EndpointSlice {
  addressType: string;
  ports: { name: string; port: number }[];
  endpoints: SliceEndpoint[];
}

export interface SliceEndpoint {
  address: string;
  terminating: boolean;
  pod?: { namespace: string; name: string; uid: string };
}

export function endpointSliceFrom(object: unknown): EndpointSlice | undefined {
  const { data } = endpointSlice.safeParse(object);
  return (
    data && {
      addressType: data.addressType,
      ports: (data.ports ?? []).flatMap(({ name, port }) =>
        typeof port === 'number' ? [{ name: name ?? '', port }] : [],
      ),
      endpoints: (data.endpoints ?? []).flatMap(endpointFrom),
    }
  );
}

function endpointFrom({
  addresses: [address],
  conditions,
  targetRef: target,
}: NonNullable<z.output<typeof endpointSlice>['endpoints']>[number]): SliceEndpoint[] {
  if (address === undefined) return [];
  const { namespace = '', name, uid } = target ?? {};
  const isPod = target?.kind === 'Pod' && name !== undefined && uid !== undefined;
  return [
    {
      address,
      terminating: conditions?.terminating === true,
      ...(isPod && { pod: { namespace, name, uid } }),
    },
  ];
}

const keptPrefix = 'comfymux.io/';
const map = z.record(z.string(), z.string()).nullish();
const ended = z.looseObject({}).nullish();

const pod = z.object({
  metadata: z.object({
    uid: z.string(),
    deletionTimestamp: z.string().nullish(),
    labels: map,
    annotations: map,
  }),
  spec: z.object({
    containers: z.array(
      z.object({
        name: z.string(),
        ports: z.array(z.object({ containerPort: z.number() })).nullish(),
      }),
    ),
  }),
  status: z
    .object({
      phase: z.string().nullish(),
      containerStatuses: z
        .array(
          z.object({
            name: z.string(),
            restartCount: z.number(),
            state: z.object({ terminated: ended, waiting: ended }).nullish(),
            lastState: z.object({ terminated: ended }).nullish(),
          }),
        )
        .nullish(),
    })
    .nullish(),
});

export interface Pod {
  uid: string;
  /** Somebody asked for its end. */
  terminating: boolean;
  /** All its containers have ended, and none will be started again. */
  over: boolean;
  /** Labels and annotations of ours, without the prefix; annotations win. */
  marks: Record<string, string>;
  containers: PodContainer[];
}

export interface PodContainer {
  ports: number[];
  /** Processes of it that have ended. */
  ends: number;
}

export function podFrom(object: unknown): Pod | undefined {
  const { data } = pod.safeParse(object);
  if (!data) return undefined;
  const { metadata, spec, status } = data;
  return {
    uid: metadata.uid,
    terminating: typeof metadata.deletionTimestamp === 'string',
    over: status?.phase === 'Succeeded' || status?.phase === 'Failed',
    marks: { ...marksIn(metadata.labels), ...marksIn(metadata.annotations) },
    containers: spec.containers.map(({ name, ports }) => ({
      ports: (ports ?? []).map(({ containerPort }) => containerPort),
      ends: endsOf(status?.containerStatuses?.find((one) => one.name === name)),
    })),
  };
}

type ContainerStatus = NonNullable<NonNullable<z.output<typeof pod>['status']>['containerStatuses']>[number];

/** The count of restarts rises when the next process begins, which may be minutes after the last one ended. */
function endsOf(status: ContainerStatus | undefined): number {
  if (!status) return 0;
  const { restartCount, state, lastState } = status;
  const isBetween = state?.terminated || (state?.waiting && lastState?.terminated);
  return restartCount + (isBetween ? 1 : 0);
}

const marksIn = (all: Record<string, string> | null | undefined): Record<string, string> =>
  Object.fromEntries(
    Object.entries(all ?? {}).flatMap(([key, value]) =>
      key.startsWith(keptPrefix) ? [[key.slice(keptPrefix.length), value]] : [],
    ),
  );
