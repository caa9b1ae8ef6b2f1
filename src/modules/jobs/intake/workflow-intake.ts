/** The way in for a named workflow: the version that is meant, filled with the caller's inputs, whose files are brought here. */
import { Inject, Injectable } from '@nestjs/common';
import { Fault } from '../../../platform/fault.js';
import { samplingWork, stringifyJson } from '../../comfyui/index.js';
import { ClusterInventory } from '../../nodes/index.js';
import {
  textOfWorkflow,
  WorkflowLibrary,
  type WorkflowDefinition,
  workUnitsOf,
} from '../../workflows/index.js';
import { SubmitStore } from '../record/submit/submit.store.js';
import { filledOf } from './filled-workflow.js';
import { InputFiles, standIns } from './input-files.js';
import type { Work } from './job-drafts.js';
import type { WorkflowSubmission } from './submissions.js';

/** What a named workflow needs with these inputs. */
export type Rehearsal = Pick<Work, 'requirements' | 'workUnits'> & { definition: WorkflowDefinition };

@Injectable()
export class WorkflowIntake {
  /** Hashes of those that the record has. */
  private readonly templates = new WeakMap<WorkflowDefinition, string>();

  constructor(
    @Inject(WorkflowLibrary) private readonly library: WorkflowLibrary,
    @Inject(InputFiles) private readonly files: InputFiles,
    @Inject(ClusterInventory) private readonly inventory: ClusterInventory,
    @Inject(SubmitStore) private readonly store: SubmitStore,
  ) {}

  /** The same for who only asks: nothing is fetched or kept, and something stands for each file. */
  async rehearse({ workflow, inputs }: Pick<WorkflowSubmission, 'workflow' | 'inputs'>): Promise<Rehearsal> {
    const definition = await this.definitionOf(workflow);
    const filled = filledOf(definition, standIns(definition, inputs));
    return { definition, ...this.needsOf(definition, filled) };
  }

  /** Faults: not_found (workflow), unprocessable (inputs). */
  async fill({ workflow, inputs, brought }: WorkflowSubmission): Promise<Work> {
    const definition = await this.definitionOf(workflow);
    const filled = filledOf(
      definition,
      await this.files.inWorkflow(definition, inputs, {
        check: (withoutFiles) => filledOf(definition, withoutFiles),
        brought,
      }),
    );
    return {
      ...this.needsOf(definition, filled),
      definition,
      input: {
        templateHash: await this.rememberTemplate(definition),
        params: stringifyJson(filled.params),
        graph: null,
        assets: filled.imageInputs.map(({ node, field, assetRef }) => ({ node, field, sha256: assetRef })),
        extraData: null,
      },
    };
  }

  private async definitionOf(workflow: string): Promise<WorkflowDefinition> {
    const definition = await this.library.resolve(workflow);
    if (definition) return definition;
    throw new Fault('not_found', `there is no workflow "${workflow}"`);
  }

  private needsOf(
    { manifest }: WorkflowDefinition,
    { graph, params }: Pick<ReturnType<typeof filledOf>, 'graph' | 'params'>,
  ): Pick<Work, 'requirements' | 'workUnits'> {
    return {
      requirements: this.inventory.requirementsOf(graph, manifest.requirements),
      workUnits: manifest.workUnits.length > 0 ? workUnitsOf(manifest, params) : samplingWork(graph),
    };
  }

  private async rememberTemplate(definition: WorkflowDefinition): Promise<string> {
    const known = this.templates.get(definition);
    if (known !== undefined) return known;
    const { text, hash } = textOfWorkflow(definition);
    await this.store.ensureTemplate(hash, definition.manifest.name, text);
    this.templates.set(definition, hash);
    return hash;
  }
}
