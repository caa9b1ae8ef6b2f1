import type { WorkflowDefinition } from './domain/index.js';
import { readWorkflows } from './workflow-files.js';

const metricLabelsMax = 100;

/** The named workflows in service, as this process knows them: those of the folder at first, then what the database says. */
export class WorkflowCatalogue {
  private byName: ReadonlyMap<string, WorkflowDefinition> = new Map();
  private readonly labels = new Set<string>();

  constructor(definitions: readonly WorkflowDefinition[]) {
    this.replace(definitions);
  }

  /** A label that was given once stays, so that a series does not end with its workflow. */
  replace(definitions: readonly WorkflowDefinition[]): void {
    this.byName = new Map(definitions.map((definition) => [definition.name, definition]));
    for (const { name } of definitions) if (this.labels.size < metricLabelsMax) this.labels.add(name);
  }

  /** Throws WorkflowFilesError, which names file, node and field of every fault. */
  static async load(directory: string): Promise<WorkflowCatalogue> {
    return new WorkflowCatalogue(await readWorkflows(directory));
  }

  /** All of them. */
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
