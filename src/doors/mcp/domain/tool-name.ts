/** Names of tools: what assistants take is narrower than what workflows may be called. */
const lengthMax = 64;

/** By the names of workflows in their order; no two alike, and none of `taken`. */
export function toolNames(workflows: readonly string[], taken: readonly string[]): Map<string, string> {
  const names = new Map<string, string>();
  const used = new Set(taken);
  for (const workflow of workflows) {
    const plain = workflow.replaceAll(/[^\w-]/g, '_').slice(0, lengthMax);
    let name = plain;
    for (let no = 2; used.has(name); no += 1) name = `${plain.slice(0, lengthMax - 5)}_${no}`;
    used.add(name);
    names.set(name, workflow);
  }
  return names;
}
