import path from 'node:path';
import { media } from '../media/media-pool.js';
import { writeJson } from '../wire/json-write.js';
import type { Writable } from '../wire/values.js';
import { pictureOf } from './generic.js';
import type { NodeResult, NodeRun } from './node-run.js';
import { nextOutput } from './output-path.js';
import { socketInput, textInput } from './sockets.js';

const counterPattern = /^_(\d+)_?\.?/;

export const runSaveImage = (run: NodeRun): Promise<NodeResult> =>
  saveImages(run, 'output', textInput(run.inputs, 'filename_prefix') ?? 'ComfyUI');

export const runPreviewImage = (run: NodeRun): Promise<NodeResult> =>
  saveImages(run, 'temp', `ComfyUI_temp_${fiveLetters()}`);

const fiveLetters = (): string =>
  Array.from({ length: 5 }, () => String.fromCodePoint(97 + Math.floor(Math.random() * 26))).join('');

async function saveImages(run: NodeRun, kind: 'output' | 'temp', prefix: string): Promise<NodeResult> {
  const image = socketInput(run.inputs, 'image');
  const picture = pictureOf(run.inputs);
  const images: Writable[] = [];
  for (let index = 0; index < (image?.frames ?? 1); index += 1) {
    const output = nextOutput(run, kind, prefix, counterPattern, picture);
    const filename = `${output.prefix}_${output.counter}_.png`;
    await media.run('writePng', {
      ...picture,
      path: path.join(output.folder, filename),
      texts: { prompt: writeJson(run.prompt) },
    });
    images.push({ filename, subfolder: output.subfolder, type: kind });
  }
  return { outputs: image === undefined ? [] : [image], ui: { images } };
}
