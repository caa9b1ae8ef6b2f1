/** The long texts of a prompt, its graph and its extra data, a slice at a time. */
import { Inject, Injectable } from '@nestjs/common';
import { Pool } from 'pg';
import { type InputColumn, inputSlices } from '../../../modules/jobs/index.js';

export type BodyColumn = Exclude<InputColumn, 'params'>;

@Injectable()
export class PromptBodies {
  constructor(@Inject(Pool) private readonly pool: Pool) {}

  slices(jobId: string, column: BodyColumn): AsyncGenerator<string> {
    return inputSlices(this.pool, jobId, column);
  }
}
