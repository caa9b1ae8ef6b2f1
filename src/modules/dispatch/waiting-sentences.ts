/** Why jobs wait, as sentences for people. */
import type { QueueHead } from '../jobs/index.js';
import type { NodesService } from '../nodes/index.js';
import type { PlaceResult, WaitingReason } from '../scheduling/index.js';
import type { ClusterView } from './cluster-view.js';

export function reasonsOf(waiting: PlaceResult['waiting'], heads: QueueHead[], view: ClusterView, nodes: NodesService): [jobId: string, sentence: string][] {
  const classOf = new Map(heads.map((head) => [head.id, head.classId]));
  return waiting.map(({ jobId, reason }) => [jobId, sentenceOf(reason, classOf.get(jobId) ?? -1, view, nodes)]);
}

function sentenceOf(reason: WaitingReason, classId: number, view: ClusterView, nodes: NodesService): string {
  switch (reason.kind) {
    case 'no-feasible-node':
      return lackOf(classId, view, nodes);
    case 'failed-on-every-node':
      return 'it failed on every node that can run it';
    case 'all-busy':
      return `all nodes that can run it are busy, for about ${seconds(reason.nextFreeInMs)}`;
    case 'held':
      return `held for ${reason.nodeId}, which has its models in memory and is free in about ${seconds(reason.freeInMs)}`;
    case 'tenant-limit':
      return `${reason.active} of at most ${reason.maxActive} jobs of its tenant run already`;
  }
}

/** What the node that comes closest is missing. */
function lackOf(classId: number, view: ClusterView, nodes: NodesService): string {
  const needs = view.classOf(classId);
  if (nodes.all().length === 0) return 'no node is registered';
  if (!needs) return 'its needs are not known yet';
  const lacks = nodes.all().flatMap((monitor) => {
    const readiness = nodes.readinessOf(monitor, needs.requirements, String(classId));
    if (!readiness) return [];
    if (readiness.ready) return [{ count: 0, names: [] }];
    const { classes, models, loras, choices, inputs } = readiness.missing;
    const names = [
      ...classes.map((name) => `node class ${name}`),
      ...models.map((model) => `model ${String(model.value)}`),
      ...loras.map((lora) => `LoRA ${String(lora.value)}`),
      ...choices.map((choice) => `${choice.class}.${choice.input} ${String(choice.value)}`),
      ...inputs.map((input) => `${input.class}.${input.input}`),
    ];
    return [{ count: names.length, names }];
  });
  const nearest = lacks.toSorted((one, other) => one.count - other.count)[0];
  if (!nearest) return 'no node has answered yet';
  if (nearest.count === 0) return 'the nodes that can run it do not take work at the moment';
  return `no node has ${nearest.names.slice(0, 5).join(', ')}`;
}

const seconds = (durationMs: number): string => (durationMs < 90_000 ? `${Math.ceil(durationMs / 1000)} s` : `${Math.round(durationMs / 60_000)} min`);
