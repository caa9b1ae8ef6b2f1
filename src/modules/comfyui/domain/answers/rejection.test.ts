import { describe, expect, it } from 'vitest';

import { classifyRejection, hasNodeErrors } from './rejection.js';

// Answers of a ComfyUI 0.33 server, shortened.
const failed = {
  type: 'prompt_outputs_failed_validation',
  message: 'Prompt outputs failed validation',
  details: '',
  extra_info: {},
};
const missingModel = {
  errors: [
    {
      type: 'value_not_in_list',
      message: 'Value not in list',
      details: "unet_name: 'missing.gguf' not in ['a.gguf']",
      extra_info: { input_name: 'unet_name', input_config: [['a.gguf'], {}], received_value: 'missing.gguf' },
    },
  ],
  dependent_outputs: ['76'],
  class_type: 'UnetLoaderGGUF',
};
const badInput = {
  errors: [
    {
      type: 'required_input_missing',
      message: 'Required input is missing',
      details: 'steps',
      extra_info: { input_name: 'steps' },
    },
  ],
  dependent_outputs: ['76'],
  class_type: 'KSamplerAdvanced',
};
const missingClass = {
  type: 'missing_node_type',
  message: "Node 'Patch' not found. The custom node may not be installed.",
  details: "Node ID '#70'",
  extra_info: { node_id: '70', class_type: 'NoSuchNode', node_title: 'Patch' },
};

const notInList = (value: string, config: unknown) => ({
  class_type: 'X',
  errors: [
    {
      type: 'value_not_in_list',
      extra_info: { input_name: 'in', input_config: config, received_value: value },
    },
  ],
});

describe('a refused prompt', () => {
  it('names the model file that the node lacks', () => {
    expect(classifyRejection({ error: failed, node_errors: { '68': missingModel } })).toMatchObject({
      kind: 'missing_dep',
      missing: [{ nodeId: '68', classType: 'UnetLoaderGGUF', inputName: 'unet_name', value: 'missing.gguf' }],
      nodeErrors: { '68': missingModel },
    });
  });

  it('names the class that the node lacks, in old and new wording', () => {
    expect(classifyRejection({ error: missingClass, node_errors: {} })).toMatchObject({
      kind: 'missing_dep',
      missing: [{ nodeId: '70', classType: 'NoSuchNode' }],
    });
    const old = {
      type: 'invalid_prompt',
      message: 'Cannot execute because node NoSuchNode does not exist.',
      details: "Node ID '#70'",
    };
    expect(classifyRejection({ error: old, node_errors: {} })).toMatchObject({
      missing: [{ nodeId: '70', classType: 'NoSuchNode' }],
    });
  });

  it.each<[string, unknown]>([
    ['a wrong input', { error: failed, node_errors: { '57': badInput } }],
    [
      'a wrong input beside a missing model',
      { error: failed, node_errors: { '57': badInput, '68': missingModel } },
    ],
    [
      'a value missing from a list of no files',
      { error: failed, node_errors: { '1': notInList('x', [['euler'], {}]) } },
    ],
    [
      'a node without a class',
      { error: { ...missingClass, extra_info: { class_type: null } }, node_errors: {} },
    ],
    [
      'no outputs',
      { error: { type: 'prompt_no_outputs', message: 'Prompt has no outputs' }, node_errors: {} },
    ],
    ['another shape', 'nonsense'],
  ])('for %s is invalid everywhere', (_name, body) => {
    expect(classifyRejection(body).kind).toBe('invalid');
  });

  it.each<[string, unknown]>([
    ['plain.safetensors', null],
    ['some-name', [['a.gguf'], {}]],
    ['some-name', ['COMBO', { options: ['a.ckpt'] }]],
  ])('counts %s with choices %j as a file', (value, config) => {
    expect(classifyRejection({ error: failed, node_errors: { '1': notInList(value, config) } }).kind).toBe(
      'missing_dep',
    );
  });

  it('keeps node_errors verbatim and tells them in words', () => {
    const rejection = classifyRejection({ error: failed, node_errors: { '57': badInput } });
    expect(rejection).toMatchObject({ error: failed, nodeErrors: { '57': badInput } });
    expect(rejection.message).toBe(
      'Prompt outputs failed validation; node 57 (KSamplerAdvanced): Required input is missing: steps',
    );
  });

  it('may hide in a 200', () => {
    const body = { prompt_id: 'p', number: 1, node_errors: { '57': badInput } };
    expect(hasNodeErrors(body)).toBe(true);
    expect(classifyRejection(body).kind).toBe('invalid');
    expect(hasNodeErrors({ prompt_id: 'p', number: 1, node_errors: {} })).toBe(false);
  });
});
