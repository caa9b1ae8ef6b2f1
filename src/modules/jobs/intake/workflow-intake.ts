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
import { InputFiles } from './input-files.js';
import type { Work } from './job-drafts.js';
import type { WorkflowSubmission } from './submissions.js';

@Injectable()
export class WorkflowIntake {
  private readonly templates = new Set<string>();

  constructor(
    @Inject(WorkflowLibrary) private readonly library: WorkflowLibrary,
    @Inject(InputFiles) private readonly files: InputFiles,
    @Inject(ClusterInventory) private readonly inventory: ClusterInventory,
    @Inject(SubmitStore) private readonly store: SubmitStore,
  ) {}

  /** Faults: not_found (workflow), unprocessable (inputs). */
  async fill({ workflow, inputs }: WorkflowSubmission): Promise<Work> {
    const definition = await this.library.resolve(workflow);
    if (!definition) throw new Fault('not_found', `there is no workflow "${workflow}"`);
    const filled = filledOf(
      definition,
      await this.files.inWorkflow(definition, inputs, (withoutFiles) => filledOf(definition, withoutFiles)),
    );
    const { manifest } = definition;
    return {
      requirements: this.inventory.requirementsOf(filled.graph, manifest.requirements),
      definition,
      workUnits:
        manifest.workUnits.length > 0 ? workUnitsOf(manifest, filled.params) : samplingWork(filled.graph),
      input: {
        templateHash: await this.rememberTemplate(definition),
        params: stringifyJson(filled.params),
        graph: null,
        assets: filled.imageInputs.map(({ node, field, assetRef }) => ({ node, field, sha256: assetRef })),
        extraData: null,
      },
    };
  }

  private async rememberTemplate(definition: WorkflowDefinition): Promise<string> {
    const { text, hash } = textOfWorkflow(definition);
    if (!this.templates.has(hash)) await this.store.ensureTemplate(hash, definition.manifest.name, text);
    this.templates.add(hash);
    return hash;
  }
}
