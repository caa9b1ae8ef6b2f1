import type { AllReadiness, Workflow } from '../../api/shapes';

export interface ModelRow {
  file: string;
  kind: 'model' | 'LoRA';
  on: string[];
  missingOn: string[];
  workflows: string[];
}

/** A node has a file that a workflow needs unless its readiness names it as missing; nodes whose inventory is unknown count for neither. */
export function rowsOf({ workflows: judged }: AllReadiness, workflows: readonly Workflow[]): ModelRow[] {
  const rows = new Map<string, ModelRow>();
  for (const { name, requirements } of workflows) {
    const nodes = (judged.find((one) => one.name === name)?.nodes ?? []).filter(
      ({ ready }) => ready !== null,
    );
    for (const [kind, files] of [
      ['model', requirements.models],
      ['LoRA', requirements.loras],
    ] as const)
      for (const file of files) {
        const missingOn = nodes.filter(({ missing }) => missing && lacks(missing, file)).map(({ id }) => id);
        const known = rows.get(file) ?? { file, kind, on: [], missingOn: [], workflows: [] };
        rows.set(file, {
          ...known,
          missingOn: [...new Set([...known.missingOn, ...missingOn])],
          on: nodes.map(({ id }) => id).filter((id) => !missingOn.includes(id)),
          workflows: [...known.workflows, name],
        });
      }
  }
  return [...rows.values()].toSorted(
    (one, other) => other.missingOn.length - one.missingOn.length || one.file.localeCompare(other.file),
  );
}

const lacks = (
  missing: NonNullable<AllReadiness['workflows'][number]['nodes'][number]['missing']>,
  file: string,
): boolean => [...missing.models, ...missing.loras, ...missing.choices].some(({ value }) => value === file);
