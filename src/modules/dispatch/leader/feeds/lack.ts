import type { NodesService } from '../../../nodes/index.js';
import type { QueueClass } from '../../../jobs/index.js';
import type { Refusal } from '../../../scheduling/index.js';

type Readiness = NonNullable<ReturnType<NodesService['readinessOf']>>;
type Missing = Extract<Readiness, { ready: false }>['missing'];

const namesMax = 5;

/** What is missing, each with its kind. */
export function lackOf({ classes, models, loras, choices, inputs }: Missing): string[] {
  return [
    ...classes.map((name) => `node class ${name}`),
    ...models.map((model) => `model ${String(model.value)}`),
    ...loras.map((lora) => `LoRA ${String(lora.value)}`),
    ...choices.map((choice) => `${choice.class}.${choice.input} ${String(choice.value)}`),
    ...inputs.map((input) => `${input.class}.${input.input}`),
  ];
}

/** The same for the scheduler: the first kind of thing that is missing; undefined `missing`: the node has not told yet. */
export function refusalOf(missing: Missing | undefined): Refusal {
  if (!missing) return { filter: 'unseen', detail: 'what it has' };
  const { classes, models, loras, choices, inputs } = missing;
  const lacks: Record<string, string[]> = {
    'node-types': classes,
    models: models.map(({ value }) => String(value)),
    loras: loras.map(({ value }) => String(value)),
    choices: choices.map((choice) => `${choice.class}.${choice.input} ${String(choice.value)}`),
    inputs: inputs.map((input) => `${input.class}.${input.input}`),
  };
  const [filter, names] = Object.entries(lacks).find(([, found]) => found.length > 0) ?? ['inputs', []];
  return { filter: filter as Refusal['filter'], detail: names.slice(0, namesMax).join(', ') };
}

/** Why no node can run a class, for a person: what the node that comes closest is missing. Undefined: it is not for want of files. */
export function lackOfAll(nodes: NodesService, needs: QueueClass | undefined): string | undefined {
  if (nodes.all().length === 0) return 'no node is registered';
  if (!needs) return undefined;
  const lacks = nodes.all().flatMap((monitor) => {
    const readiness = nodes.readinessOf(monitor, needs.requirements, String(needs.id));
    if (!readiness) return [];
    return [readiness.ready ? [] : lackOf(readiness.missing)];
  });
  const nearest = lacks.toSorted((one, other) => one.length - other.length)[0];
  if (!nearest) return 'no node has answered yet';
  return nearest.length === 0 ? undefined : `no node has ${nearest.slice(0, namesMax).join(', ')}`;
}
