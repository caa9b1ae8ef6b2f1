import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { stringifyJson } from '../comfyui/index.js';
import { fillWorkflow, workUnitsOf, type WorkflowDefinition } from './domain/index.js';
import { WorkflowCatalogue } from './workflow-catalogue.js';

const directory = new URL('../../../workflows/', import.meta.url);
const models = [
  'Wan2.2-I2V-A14B-HighNoise-Q8_0.gguf',
  'Wan2.2-I2V-A14B-LowNoise-Q8_0.gguf',
  'umt5_xxl_fp8_e4m3fn_scaled.safetensors',
  'wan_2.1_vae.safetensors',
];
const loras = ['high', 'low'].map(
  (noise) => `Wan2.2-I2V-A14B-4steps-lora-rank64-Seko-V1-${noise}_noise_model.safetensors`,
);

describe('the workflow behind the original API', () => {
  let definition: WorkflowDefinition;

  beforeAll(async () => {
    const catalogue = await WorkflowCatalogue.load(fileURLToPath(directory));
    definition = catalogue.get('wan2.2_i2v_14b_4')!;
  });

  const fill = (inputs: Record<string, unknown>) => {
    const filled = fillWorkflow(
      definition,
      { prompt: '跳舞', image: { asset: 'abc' }, ...inputs },
      { seed: () => 7 },
    );
    if (!filled.ok) throw new Error(JSON.stringify(filled.faults));
    return filled;
  };

  it('needs exactly the models, LoRAs and node classes of the contract', () => {
    expect(definition.requirements).toMatchObject({ models, loras });
    expect(definition.requirements.nodeClasses).toEqual([
      'CLIPLoader',
      'CLIPTextEncode',
      'ImageResizeKJv2',
      'KSamplerAdvanced',
      'LoadImage',
      'LoraLoaderModelOnly',
      'ModelPatchTorchSettings',
      'ModelSamplingSD3',
      'PathchSageAttentionKJ',
      'UnetLoaderGGUF',
      'VAEDecode',
      'VAELoader',
      'VHS_VideoCombine',
      'WanImageToVideo',
    ]);
  });

  it('has the defaults of the contract', () => {
    expect(fill({}).params).toEqual({
      prompt: '跳舞',
      image: { asset: 'abc' },
      width: 1280,
      height: 720,
      length: 81,
      steps: 4,
      cfg: 1,
      fps: 16,
      noise_seed: 7,
    });
  });

  it.each([
    ['width', 512, 1920],
    ['height', 512, 1920],
    ['length', 16, 240],
    ['steps', 1, 20],
    ['cfg', 0.5, 10],
    ['fps', 8, 60],
  ])('takes %s from %d to %d and nothing beyond', (name, least, most) => {
    const reasonOf = (value: number) => {
      const filled = fillWorkflow(
        definition,
        { prompt: 'x', image: { asset: 'a' }, [name]: value },
        { seed: () => 1 },
      );
      return filled.ok ? undefined : filled.faults[0]?.reason;
    };
    expect(reasonOf(least - 1)).toBe('too_small');
    expect(reasonOf(most + 1)).toBe('too_big');
    expect([reasonOf(least), reasonOf(most)]).toEqual([undefined, undefined]);
  });

  it('puts every parameter where the contract says', () => {
    const given = { width: 640, height: 512, length: 17, steps: 6, cfg: 2.5, fps: 24, noise_seed: 99 };
    const graph = JSON.parse(stringifyJson(fill(given).graph)) as WorkflowDefinition['graph'];
    expect(graph['6']?.inputs['text']).toBe('跳舞');
    expect(graph['77']?.inputs).toMatchObject({ width: 640, height: 512 });
    expect(graph['63']?.inputs).toMatchObject({ length: 17, width: ['77', 1], height: ['77', 2] });
    for (const sampler of ['57', '58'])
      expect(graph[sampler]?.inputs).toMatchObject({ steps: 6, cfg: 2.5, noise_seed: 99 });
    expect(graph['76']?.inputs).toMatchObject({
      frame_rate: 24,
      filename_prefix: 'wan2.2/i2v',
      format: 'video/h264-mp4',
    });
  });

  it('measures its work in pixels, frames and steps', () => {
    expect(workUnitsOf(definition.manifest, fill({}).params)).toBe(1280 * 720 * 81 * 4);
  });

  it('titles every node, for servers that demand it', () => {
    const graph = JSON.parse(
      readFileSync(new URL('wan2.2_i2v_14b_4.json', directory), 'utf8'),
    ) as WorkflowDefinition['graph'];
    for (const node of Object.values(graph)) expect(node._meta?.title).toBeTruthy();
  });
});
