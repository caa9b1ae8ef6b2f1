import { cropped, padded, type Picture } from '../media/picture.js';
import { framesOf, pictureOf } from './generic.js';
import type { NodeResult, NodeRun } from './node-run.js';
import { numberInput, textInput, type NodeInputs } from './sockets.js';

/** ImageResizeKJv2: the new size by `keep_proportion`, cut to a multiple of `divisible_by`; 0 derives or keeps a side. */
export function runResizeImage({ inputs }: NodeRun): NodeResult {
  const source = pictureOf(inputs);
  const mode = textInput(inputs, 'keep_proportion') ?? 'stretch';
  const [width, height] = sizeFor(mode, source, inputs);
  const picture = fitted(mode, source, width, height, inputs);
  return {
    outputs: [
      { tag: 'image', picture, frames: framesOf(inputs) },
      picture.width,
      picture.height,
      { tag: 'opaque', type: 'MASK' },
    ],
  };
}

function sizeFor(mode: string, source: Picture, inputs: NodeInputs): [number, number] {
  const wanted: [number, number] = [numberInput(inputs, 'width') ?? 0, numberInput(inputs, 'height') ?? 0];
  const divisor = numberInput(inputs, 'divisible_by') ?? 2;
  const [width, height] = rawSize(mode, source, wanted);
  return divisor > 1 ? [width - (width % divisor), height - (height % divisor)] : [width, height];
}

function rawSize(mode: string, source: Picture, [width, height]: [number, number]): [number, number] {
  if (mode === 'total_pixels') {
    const ratio = Math.sqrt(
      ((width || source.width) * (height || source.height)) / (source.width * source.height),
    );
    return [Math.round(source.width * ratio), Math.round(source.height * ratio)];
  }
  if (mode !== 'resize') return [width || source.width, height || source.height];
  if (width === 0 && height === 0) return [source.width, source.height];
  const ratios = [width / source.width, height / source.height].filter((ratio) => ratio > 0);
  const ratio = Math.min(...ratios);
  return [Math.round(source.width * ratio), Math.round(source.height * ratio)];
}

function fitted(mode: string, source: Picture, width: number, height: number, inputs: NodeInputs): Picture {
  if (mode === 'crop') return cropped(source, width, height, textInput(inputs, 'crop_position') ?? 'center');
  if (mode.startsWith('pad') || mode === 'pillarbox_blur')
    return padded(source, width, height, colourOf(textInput(inputs, 'pad_color')));
  return { ...source, width, height };
}

function colourOf(text = '0, 0, 0'): [number, number, number] {
  const [r = 0, g = 0, b = 0] = text.split(',').map((part) => Math.min(255, Number(part) || 0));
  return [r, g, b];
}
