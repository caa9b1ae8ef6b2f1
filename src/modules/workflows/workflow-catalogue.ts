import type { WorkflowDefinition } from './domain/index.js';
import { readWorkflows } from './workflow-files.js';

const metricLabelsMax = 100;

/** The named workflows of this process, read once at start and never changed. */
export class WorkflowCatalogue {
  private readonly byName: ReadonlyMap<string, WorkflowDefinition>;
  private readonly labels: ReadonlySet<string>;

  constructor(definitions: readonly WorkflowDefinition[]) {
    this.byName = new Map(definitions.map((definition) => [definition.name, definition]));
    this.labels = new Set([...this.byName.keys()].slice(0, metricLabelsMax));
  }

  /** Throws WorkflowFilesError, which names file, node and field of every fault. */
  static async load(directory: string): Promise<WorkflowCatalogue> {
    return new WorkflowCatalogue(await readWorkflows(directory));
  }

  /** All of them, by name; at most 500. */
  list(): WorkflowDefinition[] {
    return [...this.byName.values()];
  }

  get(name: string): WorkflowDefinition | undefined {
    return this.byName.get(name);
  }

  /** A job's workflow as the label of a metric, one of few whatever names callers make up: `graph` for none, `other` for one without a label of its own. */
  labelOf(name: string | null): string {
    if (name === null) return 'graph';
    return this.labels.has(name) ? name : 'other';
  }

  /** Every label there can be. */
  metricLabels(): string[] {
    return [...this.labels, 'graph', 'other'];
  }
}
