/**
 * Which input files are on which nodes, as far as this leader had them put there: what it forgets or never knew costs an
 * estimate that is too high, for a file is not sent twice. Bounded; the file used longest ago is forgotten first.
 */
const filesMax = 20_000;

export class InputPlaces {
  private readonly nodesByFile = new Map<string, Set<string>>();

  note(nodeId: string, files: readonly string[]): void {
    for (const file of files) {
      const nodes = this.nodesByFile.get(file) ?? new Set();
      this.nodesByFile.delete(file);
      this.nodesByFile.set(file, nodes.add(nodeId));
    }
    for (const file of this.nodesByFile.keys()) {
      if (this.nodesByFile.size <= filesMax) break;
      this.nodesByFile.delete(file);
    }
  }

  /** Nodes that have all of these. */
  nodesWith(files: readonly string[]): string[] {
    const [first, ...others] = files.map((file) => this.nodesByFile.get(file));
    return first ? [...first].filter((id) => others.every((nodes) => nodes?.has(id))) : [];
  }

  /** It may be another machine now. */
  forgetNode(nodeId: string): void {
    for (const nodes of this.nodesByFile.values()) nodes.delete(nodeId);
  }
}
