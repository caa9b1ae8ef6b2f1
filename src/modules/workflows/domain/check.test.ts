import { describe, expect, it } from 'vitest';
import { checkWorkflow } from './check.js';
import { sampleSource } from './sample-workflow.fixture.js';

type Source = ReturnType<typeof sampleSource>;

function faultsAfter(breakIt: (source: Source) => void) {
  const source = sampleSource();
  breakIt(source);
  const checked = checkWorkflow(source);
  return checked.ok ? [] : checked.faults;
}

describe('a sound workflow', () => {
  it('passes, with its requirements', () => {
    const checked = checkWorkflow(sampleSource());
    expect(checked).toMatchObject({
      ok: true,
      definition: { name: 'sample', requirements: { nodeClasses: ['LoadImage', 'Sampler', 'Save', 'Text'] } },
    });
  });

  it("has the manifest's extra needs beside those of its graph", () => {
    const source = sampleSource();
    source.manifest['requirements'] = {
      nodeClasses: ['Hidden'],
      choices: [{ class: 'Hidden', input: 'name', value: 'sub\\extra.safetensors' }],
    };
    const checked = checkWorkflow(source);
    expect(checked.ok && checked.definition.requirements).toMatchObject({
      nodeClasses: ['Hidden', 'LoadImage', 'Sampler', 'Save', 'Text'],
      models: ['sub/extra.safetensors'],
    });
  });
});

describe('a broken workflow is refused with file, node and field', () => {
  const manifestFile = 'sample.manifest.json';
  const cases: [string, (source: Source) => void, Record<string, unknown>][] = [
    [
      'a target node that is not in the graph',
      ({ manifest }) => void (manifest.inputs['prompt']!['targets'] = [{ node: '9', field: 'text' }]),
      {
        file: manifestFile,
        node: '9',
        field: 'text',
        message: expect.stringContaining('node that does not exist'),
      },
    ],
    [
      'a target field that the node does not have',
      ({ manifest }) => void (manifest.inputs['prompt']!['targets'] = [{ node: '1', field: 'txt' }]),
      { file: manifestFile, node: '1', field: 'txt', message: expect.stringContaining('does not have') },
    ],
    [
      'a target that is a link',
      ({ manifest }) => void (manifest.inputs['prompt']!['targets'] = [{ node: '3', field: 'text' }]),
      { file: manifestFile, node: '3', field: 'text', message: expect.stringContaining('link') },
    ],
    [
      'a target of another type',
      ({ graph }) => void (graph['3']!.inputs['steps'] = '4'),
      { file: manifestFile, node: '3', field: 'steps', message: expect.stringContaining('string') },
    ],
    [
      'a target of two inputs',
      ({ manifest }) => void (manifest.inputs['cfg']!['targets'] = [{ node: '3', field: 'steps' }]),
      {
        file: manifestFile,
        node: '3',
        field: 'steps',
        message: expect.stringContaining('"steps" and of "cfg"'),
      },
    ],
    [
      'an output node that is not in the graph',
      ({ manifest }) => void (manifest['outputs'] = [{ node: '5', kind: 'image' }]),
      { file: manifestFile, node: '5', field: 'outputs' },
    ],
    [
      'a default out of range',
      ({ manifest }) => void (manifest.inputs['steps']!['default'] = 21),
      { file: manifestFile, node: '3', field: 'inputs.steps.default' },
    ],
    [
      'a default that is not among the options',
      ({ manifest }) =>
        void (manifest.inputs['sampler'] = { ...manifest.inputs['sampler'], default: 'nope' }),
      { file: manifestFile, node: '3', field: 'inputs.sampler.default' },
    ],
    [
      'a required input with a default',
      ({ manifest }) => void (manifest.inputs['steps']!['required'] = true),
      { file: manifestFile, field: 'inputs.steps.default' },
    ],
    [
      'bounds that allow nothing',
      ({ manifest }) => void (manifest.inputs['cfg']!['minimum'] = 11),
      { file: manifestFile, field: 'inputs.cfg' },
    ],
    [
      'work units that are no numeric input',
      ({ manifest }) => void (manifest['workUnits'] = ['prompt']),
      { file: manifestFile, field: 'workUnits', message: expect.stringContaining('"prompt"') },
    ],
    [
      'a name that is not the file name',
      ({ manifest }) => void (manifest['name'] = 'other'),
      { file: manifestFile, field: 'name' },
    ],
    [
      'a misspelt key of the manifest',
      ({ manifest }) => void (manifest.inputs['steps']!['maximun'] = 5),
      { file: manifestFile, field: 'inputs.steps' },
    ],
    [
      'a link to a node that does not exist',
      ({ graph }) => void (graph['4']!.inputs['images'] = ['8', 0]),
      { file: 'sample.json', node: '4', field: 'images', message: expect.stringContaining('node 8') },
    ],
    [
      'a bare list where a link must be',
      ({ graph }) => void (graph['4']!.inputs['images'] = [1, 2, 3]),
      { file: 'sample.json', node: '4', field: 'images' },
    ],
    [
      'a node without inputs',
      ({ graph }) => void Reflect.deleteProperty(graph['1']!, 'inputs'),
      { file: 'sample.json', node: '1', field: 'inputs' },
    ],
    [
      'a node without a class',
      ({ graph }) => void (graph['1']!.class_type = ''),
      { file: 'sample.json', node: '1', field: 'class_type' },
    ],
    [
      'a graph saved in the format of the web UI',
      ({ graph }) => void Object.assign(graph, { nodes: [] }),
      { file: 'sample.json', field: 'nodes', message: expect.stringContaining('API format') },
    ],
  ];

  it.each(cases)('%s', (_, breakIt, fault) => {
    expect(faultsAfter(breakIt)).toEqual([expect.objectContaining(fault)]);
  });

  it('tells all faults at once', () => {
    const faults = faultsAfter(({ manifest, graph }) => {
      manifest['title'] = '';
      graph['1']!.class_type = '';
      graph['4']!.inputs['images'] = ['8', 0];
    });
    expect(faults).toHaveLength(3);
  });
});
