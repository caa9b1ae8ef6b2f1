/** `/models`: the workflows that say what they are to clients of this API. */
import { to, type Route } from '../../kit/index.js';
import { Inject, Injectable } from '@nestjs/common';
import type { WorkflowDefinition } from '../../../modules/workflows/index.js';
import { unknownModel } from '../domain/errors.js';
import { Submissions } from '../submissions.js';

@Injectable()
export class ModelRoutes {
  /** Of all models alike: a workflow is as old as the process that serves it. */
  private readonly created = Math.floor(Date.now() / 1000);

  constructor(@Inject(Submissions) private readonly submissions: Submissions) {}

  readonly routes: Route[] = [
    {
      method: 'GET',
      path: '/models',
      access: to('read', 'workflow'),
      handle: async () => ({
        object: 'list',
        data: this.submissions.models().map((definition) => this.document(definition, definition.name)),
      }),
    },
    {
      method: 'GET',
      path: '/models/:id',
      access: to('read', 'workflow'),
      handle: async ({ params }) => {
        const { id } = params as { id: string };
        const definition = await this.submissions.find(id);
        if (definition?.manifest.openai) return this.document(definition, id);
        throw unknownModel(id);
      },
    },
  ];

  private document({ manifest }: WorkflowDefinition, id: string) {
    return {
      id,
      object: 'model',
      created: this.created,
      owned_by: 'comfymux',
      description: manifest.description,
    };
  }
}
