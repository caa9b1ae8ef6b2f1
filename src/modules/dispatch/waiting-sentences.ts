/** Why jobs wait, as sentences for people. */
import type { QueueHead } from '../jobs/index.js';
import type { NodesService } from '../nodes/index.js';
import { describeWaiting, type PlaceResult, type WaitingReason } from '../scheduling/index.js';
import type { ClusterView } from './cluster-view.js';

export function reasonsOf(
  waiting: PlaceResult['waiting'],
  heads: QueueHead[],
  view: ClusterView,
  nodes: NodesService,
): [jobId: string, sentence: string][] {
  const classOf = new Map(heads.map((head) => [head.id, head.classId]));
  return waiting.map(({ jobId, reason }) => [
    jobId,
    sentenceOf(reason, classOf.get(jobId) ?? -1, view, nodes),
  ]);
}

/** What the nodes lack is told by the registry, which knows every file by name; everything else by the scheduler. */
function sentenceOf(reason: WaitingReason, classId: number, view: ClusterView, nodes: NodesService): string {
  return reason.kind === 'no-feasible-node' ? lackOf(classId, view, nodes) : describeWaiting(reason);
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
