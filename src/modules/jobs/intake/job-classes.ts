/**
 * Kinds of jobs: those with equal needs share a class. A replica remembers the ids it has met; a class that was forgotten
 * meanwhile is made again. Faults: unprocessable for a class that is quarantined.
 */
import { Inject, Injectable } from '@nestjs/common';
import { Fault } from '../../../platform/fault.js';
import {
  classHash,
  placementNeedsOf,
  type Requirements,
  type WorkflowDefinition,
} from '../../workflows/index.js';
import { JobsStore } from '../record/jobs.store.js';
import { profileOf } from './run-estimates.js';

const rememberedMax = 10_000;

@Injectable()
export class JobClasses {
  private readonly ids = new Map<string, number>();

  constructor(@Inject(JobsStore) private readonly store: JobsStore) {}

  async idOf(requirements: Requirements, definition: WorkflowDefinition | null): Promise<number> {
    const needs = placementNeedsOf(definition?.manifest);
    const hash = classHash(requirements, needs);
    const known = this.ids.get(hash);
    if (known !== undefined && (await this.isThere(known))) return known;
    const id = await this.store.ensureClass({
      hash,
      requirements,
      models: requirements.models,
      loras: requirements.loras,
      nodeTypes: requirements.nodeClasses,
      ...needs,
      profileId: profileOf(requirements, definition).profileId,
    });
    if (this.ids.size >= rememberedMax) this.ids.clear();
    this.ids.set(hash, id);
    return (await this.isThere(id)) ? id : this.idOf(requirements, definition);
  }

  /** Forgets kinds that nobody asked for lately. Answers how many after each batch. */
  async *forget(batch = 5): AsyncGenerator<number> {
    for (let forgotten = batch; forgotten === batch; yield forgotten)
      forgotten = await this.store.forgetClasses(batch);
  }

  private async isThere(classId: number): Promise<boolean> {
    const reason = await this.store.classQuarantine(classId);
    if (typeof reason !== 'string') return reason === null;
    throw new Fault('unprocessable', `jobs of this kind are quarantined: ${reason}`);
  }
}
