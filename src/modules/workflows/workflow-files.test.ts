import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { sampleSource } from './domain/sample-workflow.fixture.js';
import { WorkflowCatalogue } from './workflow-catalogue.js';

describe('a folder of workflows', () => {
  let directory: string;

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'workflows-'));
  });
  afterEach(() => rm(directory, { recursive: true }));

  const put = (file: string, content: unknown) =>
    writeFile(join(directory, file), typeof content === 'string' ? content : JSON.stringify(content));
  const load = () => WorkflowCatalogue.load(directory);

  async function putSample(name: string) {
    const { manifest, graph } = sampleSource();
    await put(`${name}.manifest.json`, { ...manifest, name });
    await put(`${name}.json`, graph);
  }

  it('serves a workflow once its two files are there, and ignores other files', async () => {
    await putSample('b');
    await putSample('a');
    await put('README.md', 'notes');
    const catalogue = await load();
    expect(catalogue.list().map(({ name }) => name)).toEqual(['a', 'b']);
    expect(catalogue.get('a')?.manifest.title).toBe('Sample');
    expect(catalogue.get('constructor')).toBeUndefined();
  });

  it('is refused as a whole, with file, node and field, when one workflow is broken', async () => {
    await putSample('good');
    const { manifest, graph } = sampleSource();
    graph['4']!.inputs['images'] = ['8', 0];
    await put('sample.json', graph);
    await put('sample.manifest.json', manifest);
    await expect(load()).rejects.toThrow(
      'sample.json, node 4, field images: links to node 8, which does not exist',
    );
  });

  it('is refused when a graph has no manifest, or a manifest no graph', async () => {
    await put('lone.json', sampleSource().graph);
    await put('other.manifest.json', sampleSource().manifest);
    await expect(load()).rejects.toThrow(
      /lone\.manifest\.json: cannot be read: there is no such file\n.*other\.json: cannot be read: there is no such file/,
    );
  });

  it('is refused when a file is no JSON, and says which', async () => {
    await put('sample.json', '{"1": ');
    await put('sample.manifest.json', sampleSource().manifest);
    await expect(load()).rejects.toThrow('sample.json: cannot be read');
  });

  it('is refused when it does not exist', async () => {
    await expect(WorkflowCatalogue.load(join(directory, 'nowhere'))).rejects.toThrow('there is no such file');
  });

  it('keeps every digit of the numbers in a graph', async () => {
    await putSample('sample');
    const graph = JSON.stringify(sampleSource().graph).replace(
      '"cfg":2.5',
      '"cfg":2.5,"big":18446744073709551615',
    );
    await put('sample.json', graph);
    expect(String((await load()).get('sample')?.graph['3']?.inputs['big'])).toBe('18446744073709551615');
  });
});
