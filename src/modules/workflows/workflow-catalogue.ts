import type { WorkflowDefinition } from './domain/index.js';
import { readWorkflows } from './workflow-files.js';

/** The named workflows of this process, read once at start and never changed. */
export class WorkflowCatalogue {
  private readonly byName: ReadonlyMap<string, WorkflowDefinition>;

  constructor(definitions: readonly WorkflowDefinition[]) {
    this.byName = new Map(definitions.map((definition) => [definition.name, definition]));
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
}
