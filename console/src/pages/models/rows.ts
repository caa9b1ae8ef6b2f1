import type { Missing, Readiness, Workflow } from '../../api/shapes';

export interface ModelRow {
  file: string;
  kind: 'model' | 'LoRA';
  on: string[];
  missingOn: string[];
  workflows: string[];
}

/** A node has a file that a workflow needs unless its readiness names it as missing; nodes whose inventory is unknown count for neither. */
export function rowsOf({ groups }: Readiness, workflows: readonly Workflow[]): ModelRow[] {
  const rows = new Map<string, ModelRow>();
  for (const { name, requirements } of workflows)
    for (const [kind, files] of [
      ['model', requirements.models],
      ['LoRA', requirements.loras],
    ] as const)
      for (const file of files) {
        const known = rows.get(file) ?? { file, kind, ...placesOf(file, name, groups), workflows: [] };
        rows.set(file, { ...known, workflows: [...known.workflows, name] });
      }
  return [...rows.values()].toSorted(
    (one, other) => other.missingOn.length - one.missingOn.length || one.file.localeCompare(other.file),
  );
}

function placesOf(file: string, workflow: string, groups: Readiness['groups']) {
  const places: Pick<ModelRow, 'on' | 'missingOn'> = { on: [], missingOn: [] };
  for (const { nodes, workflows } of groups) {
    const judged = workflows.find(({ name }) => name === workflow);
    if (!judged || judged.ready === null) continue;
    const place = judged.missing && lacks(judged.missing, file) ? places.missingOn : places.on;
    for (const { id } of nodes) place.push(id);
  }
  return places;
}

const lacks = (missing: Missing, file: string): boolean =>
  [...missing.models, ...missing.loras, ...missing.choices].some(({ value }) => value === file);
