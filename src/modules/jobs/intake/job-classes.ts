/**
 * Kinds of jobs: those with equal needs share a class. A replica remembers the ids it has met; a class that was forgotten
 * meanwhile is made again once the record says so.
 */
import { Inject, Injectable } from '@nestjs/common';
import { inPages } from '../../../platform/database/index.js';
import {
  classHash,
  placementNeedsOf,
  type Requirements,
  type WorkflowDefinition,
} from '../../workflows/index.js';
import { SubmitStore } from '../record/submit/submit.store.js';
import { profileOf } from './run-estimates.js';

const rememberedMax = 10_000;

@Injectable()
export class JobClasses {
  private readonly ids = new Map<string, number>();

  constructor(@Inject(SubmitStore) private readonly store: SubmitStore) {}

  async idOf(requirements: Requirements, definition: WorkflowDefinition | null): Promise<number> {
    const needs = placementNeedsOf(definition?.manifest);
    const hash = classHash(requirements, needs);
    const known = this.ids.get(hash);
    if (known !== undefined) return known;
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
    return id;
  }

  /** The record knows no class of this id any more. */
  missed(classId: number): void {
    for (const [hash, id] of this.ids) if (id === classId) this.ids.delete(hash);
  }

  /** Forgets kinds that nobody asked for lately. Answers how many after each batch. */
  forget(batch = 5): AsyncGenerator<number> {
    return inPages(batch, async (limit) => this.store.forgetClasses(limit));
  }
}
