import { checkWorkflow } from './check.js';
import type { WorkflowDefinition } from './definition.js';

const target = (node: string, field: string) => ({ node, field });

/** A small workflow with an input of every type; a fresh copy each time, to be broken at will. */
export function sampleSource() {
  return {
    name: 'sample',
    manifest: {
      name: 'sample',
      title: 'Sample',
      inputs: {
        prompt: { type: 'string', minLength: 1, maxLength: 10, targets: [target('1', 'text')] },
        image: { type: 'image', targets: [target('2', 'image')] },
        steps: { type: 'integer', minimum: 1, maximum: 20, default: 4, targets: [target('3', 'steps')] },
        cfg: { type: 'number', minimum: 0.5, maximum: 10, default: 1, targets: [target('3', 'cfg')] },
        tiled: { type: 'boolean', default: false, targets: [target('3', 'tiled')] },
        sampler: {
          type: 'choice',
          options: ['euler', 'heun'],
          required: false,
          targets: [target('3', 'sampler')],
        },
        seed: { type: 'seed', targets: [target('3', 'seed'), target('4', 'seed')] },
      } as Record<string, Record<string, unknown>>,
      outputs: [{ node: '4', kind: 'image' }],
      workUnits: ['steps'],
    } as Record<string, unknown> & { inputs: Record<string, Record<string, unknown>> },
    graph: {
      '1': { class_type: 'Text', inputs: { text: 'old' } },
      '2': { class_type: 'LoadImage', inputs: { image: 'old.png' } },
      '3': {
        class_type: 'Sampler',
        inputs: {
          steps: 1,
          cfg: 2.5,
          tiled: true,
          sampler: 'euler',
          seed: 0,
          text: ['1', 0],
          image: ['2', 0],
        },
      },
      '4': { class_type: 'Save', inputs: { seed: 0, images: ['3', 0] } },
    } as Record<string, { class_type: string; inputs: Record<string, unknown> }>,
  };
}

export function sampleDefinition(): WorkflowDefinition {
  const checked = checkWorkflow(sampleSource());
  if (!checked.ok) throw new Error(JSON.stringify(checked.faults));
  return checked.definition;
}
