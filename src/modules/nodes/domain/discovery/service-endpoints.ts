/**
 * The nodes behind a Kubernetes Service. Readiness is not heeded: ComfyUI answers no probe while some of its nodes run, and
 * our own polls ask it more closely. A pod that is to end leaves. Where pods may be read, an endpoint whose pod is not
 * there is no node, and a pod that is not there any more is gone, with everything that ran in it.
 */
import { parseUrl, withoutTrailing } from '../../../../platform/outside-text/index.js';
import { labelsMax, nodeWeight } from '../node-settings.js';
import type { EndpointSlice, Pod, SliceEndpoint } from './kubernetes-objects.js';
import { distinct, type NodeSettingsOfSource, type SightedNode, type Sighting } from './sighting.js';

/** `pods` by name; undefined where they may not be read. */
export function sightingOfEndpoints(
  port: string,
  slices: readonly EndpointSlice[],
  pods: ReadonlyMap<string, Pod> | undefined,
): Sighting {
  const byFamily = slices.toSorted((one, other) => (one.addressType < other.addressType ? -1 : 1));
  const nodes = byFamily.flatMap((slice) => {
    const number = portOf(slice, port);
    if (number === undefined) return [];
    return slice.endpoints.flatMap((endpoint) => nodeAt(endpoint, slice.addressType, number, pods));
  });
  // An endpoint may be in two slices for a while, and a pod may have an address of each family.
  const stayingFirst = nodes.toSorted((one, other) => Number(one.leaving) - Number(other.leaving));
  const alive = new Set([...(pods?.values() ?? [])].flatMap((pod) => (pod.over ? [] : [pod.uid])));
  return {
    nodes: distinct(stayingFirst).toSorted((one, other) => (one.id < other.id ? -1 : 1)),
    isGone: (incarnation) => pods !== undefined && !alive.has(uidIn(incarnation)),
  };
}

/** Slices tell the ports of pods: one is meant by its name, by its number, or as the only one there is. */
function portOf({ ports }: EndpointSlice, wanted: string): number | undefined {
  const found =
    ports.find(({ name }) => name === wanted) ?? ports.find(({ port }) => String(port) === wanted);
  return (found ?? (ports.length === 1 ? ports[0] : undefined))?.port;
}

function nodeAt(
  { address, terminating, pod: target }: SliceEndpoint,
  addressType: string,
  port: number,
  pods: ReadonlyMap<string, Pod> | undefined,
): SightedNode[] {
  const host = addressType === 'IPv6' ? `[${address}]` : address;
  const place = parseUrl(`http://${host}:${port}`);
  if (!place) return [];
  const url = withoutTrailing(place.href, '/');
  const unknown = { url, leaving: terminating, incarnation: null };
  if (!target) return [{ id: `${address}:${port}`, ...unknown }];
  const id = `${target.name}.${target.namespace}`;
  if (!pods) return [{ id, ...unknown }];
  const pod = pods.get(target.name);
  if (pod?.uid !== target.uid || pod.over) return [];
  return [
    {
      id,
      url,
      settings: settingsIn(pod.marks),
      leaving: terminating || pod.terminating,
      incarnation: `${pod.uid}/${endsAt(pod, port)}`,
    },
  ];
}

const uidIn = (incarnation: string): string => incarnation.slice(0, incarnation.indexOf('/'));

/** Of the container that has the port; a pod need not say which. */
function endsAt({ containers }: Pod, port: number): number {
  const serving = containers.filter(({ ports }) => ports.includes(port));
  return (serving.length > 0 ? serving : containers).reduce((sum, { ends }) => sum + ends, 0);
}

function settingsIn({ weight, ...labels }: Readonly<Record<string, string>>): NodeSettingsOfSource {
  const given = weight === undefined || weight.trim() === '' ? undefined : Number(weight);
  return {
    weight: nodeWeight.safeParse(given).data ?? 1,
    labels: Object.fromEntries(
      Object.entries(labels)
        .toSorted(([one], [other]) => (one < other ? -1 : 1))
        .slice(0, labelsMax)
        .map(([key, value]) => [key, value.slice(0, 255)]),
    ),
  };
}
