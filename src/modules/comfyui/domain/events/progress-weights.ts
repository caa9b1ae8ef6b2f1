/**
 * How much of a prompt's time each node is expected to take, relative to the others.
 * A sampler costs its steps times frames times pixels; decoding, encoding and video writing cost a few steps of the
 * same size; loaders and the rest are small. Only the proportions matter.
 */
import { ancestorsOf, asLink, linksOf, type Graph, type GraphNode } from '../graph/graph.js';
import { asNumber } from '../json/json.js';

const stepWeight = 10;
const defaultSteps = 20;
const otherWeight = 1;
const defaultSize = 1024 * 1024;

// In steps of a sampler of the same size.
const shareByClass: [pattern: RegExp, steps: number][] = [
  [/VAEEncode|ImageToVideo/, 0.4],
  [/VAEDecode/, 0.8],
  [/VideoCombine|SaveVideo|SaveWEBM|SaveAnimated/, 0.6],
  [/Upscale(?:With|Using|By)?Model|FrameInterpolation|RIFE|FILM/, 2],
];

/** Node id to weight, for the nodes upstream of `outputIds` (all nodes when not given). */
export function weighNodes(graph: Graph, outputIds?: Iterable<string>): Map<string, number> {
  const ids = outputIds ? ancestorsOf(graph, outputIds) : new Set(Object.keys(graph));
  const sizes = relativeSizes(graph, [...ids]);
  return new Map([...ids].map((id) => [id, weigh(graph, id, sizes.get(id) ?? 1)]));
}

/** Sampler node id to its steps. */
export function samplerSteps(graph: Graph): Map<string, number> {
  const samplers = Object.keys(graph).filter((id) => isSampler(graph[id]!));
  return new Map(samplers.map((id) => [id, stepsOf(graph, id)]));
}

/** Steps × frames × pixels over all samplers: grows as the time of a run does. 1 for a graph that samples nothing. */
export function samplingWork(graph: Graph): number {
  const samplers = Object.keys(graph).filter((id) => isSampler(graph[id]!));
  const work = samplers.reduce(
    (sum, id) => sum + stepsOf(graph, id) * (nearest(graph, id, sizeOf) ?? defaultSize),
    0,
  );
  return Math.max(1, work);
}

function weigh(graph: Graph, id: string, size: number): number {
  const node = graph[id]!;
  if (isSampler(node)) return stepWeight * stepsOf(graph, id) * size;
  const share = shareByClass.find(([pattern]) => pattern.test(node.class_type))?.[1];
  return share === undefined ? otherWeight : Math.max(otherWeight, stepWeight * share * size);
}

function isSampler(node: GraphNode): boolean {
  const fed = asLink(node.inputs.latent_image) ?? asLink(node.inputs.latent) ?? asLink(node.inputs.samples);
  return /Sampl/.test(node.class_type) && fed !== undefined;
}

function stepsOf(graph: Graph, id: string): number {
  const { inputs } = graph[id]!;
  const steps =
    asNumber(inputs.steps) ?? nearest(graph, id, (node) => asNumber(node.inputs.steps)) ?? defaultSteps;
  const start = asNumber(inputs.start_at_step) ?? 0;
  const end = Math.min(asNumber(inputs.end_at_step) ?? steps, steps);
  return Math.max(1, end - start);
}

/** Frames times pixels against the largest in the graph, between 0.01 and 1. */
function relativeSizes(graph: Graph, ids: string[]): Map<string, number> {
  const sizes = ids.map((id) => [id, nearest(graph, id, sizeOf)] as const);
  const largest = Math.max(1, ...sizes.map(([, size]) => size ?? 0));
  return new Map(sizes.map(([id, size]) => [id, size === undefined ? 1 : Math.max(0.01, size / largest)]));
}

function sizeOf(node: GraphNode): number | undefined {
  const [width, height] = [asNumber(node.inputs.width), asNumber(node.inputs.height)];
  if (!width || !height) return undefined;
  const frames = asNumber(node.inputs.length) ?? asNumber(node.inputs.batch_size) ?? 1;
  return Math.max(1, width * height * frames);
}

// Far enough for any chain between a sampler and its latent, small enough for any graph.
const maxVisited = 200;

/** Breadth first upstream from the node itself: the first value that `read` finds. */
function nearest(
  graph: Graph,
  id: string,
  read: (node: GraphNode) => number | undefined,
): number | undefined {
  const queue = [id];
  const seen = new Set(queue);
  for (let at = 0; at < queue.length && at < maxVisited; at++) {
    const node = Object.hasOwn(graph, queue[at]!) ? graph[queue[at]!]! : undefined;
    if (!node) continue;
    const value = read(node);
    if (value !== undefined) return value;
    for (const link of linksOf(node)) {
      if (seen.has(link.nodeId)) continue;
      seen.add(link.nodeId);
      queue.push(link.nodeId);
    }
  }
  return undefined;
}
