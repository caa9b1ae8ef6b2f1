import { createHash } from 'node:crypto';
import { solidPicture, type Picture } from '../media/picture.js';
import { float, type Value } from '../wire/values.js';
import { writeJson } from '../wire/json-write.js';
import type { NodeResult, NodeRun } from './node-run.js';
import { isSocket, numberInput, socketInput, textInput, type NodeInputs, type NodeValue } from './sockets.js';

/** Any class without a behaviour of its own: passes on what fits each output's type, or makes something up. */
export function runGeneric(run: NodeRun): NodeResult {
  const types = run.info.get('output') as Value[];
  return { outputs: types.map((type) => outputOf(typeof type === 'string' ? type : 'COMBO', run)) };
}

const makers: Record<string, (inputs: NodeInputs) => NodeValue> = {
  IMAGE: (inputs) => ({ tag: 'image', picture: resized(inputs), frames: framesOf(inputs) }),
  LATENT: (inputs) => ({ tag: 'latent', picture: resized(inputs), frames: framesOf(inputs) }),
  MODEL: (inputs) => ({ tag: 'model', key: modelKey(inputs) }),
  VIDEO: (inputs) => ({
    tag: 'video',
    picture: pictureOf(inputs),
    frames: framesOf(inputs),
    frameRate: numberInput(inputs, 'fps') ?? 24,
  }),
  INT: (inputs) => Math.trunc(anyNumber(inputs)),
  FLOAT: (inputs) => float(anyNumber(inputs)),
  STRING: (inputs) => [...inputs.values()].find((value) => typeof value === 'string') ?? '',
  BOOLEAN: (inputs) => [...inputs.values()].find((value) => typeof value === 'boolean') ?? false,
};

const anyNumber = (inputs: NodeInputs): number => numberInput(inputs, ...inputs.keys()) ?? 0;

function outputOf(type: string, { inputs }: NodeRun): NodeValue {
  if (Object.hasOwn(makers, type)) return makers[type]!(inputs);
  const steps = numberInput(inputs, 'steps');
  return steps === undefined ? { tag: 'opaque', type } : { tag: 'opaque', type, steps };
}

/** The picture a node works on: that of its first image, latent or video, else a colour made from its inputs. */
export function pictureOf(inputs: NodeInputs): Picture {
  const source =
    socketInput(inputs, 'image') ?? socketInput(inputs, 'latent') ?? socketInput(inputs, 'video');
  if (source !== undefined) return source.picture;
  const literals = [...inputs].flatMap(([name, value]) =>
    isSocket(value) ? [] : [`${name}=${writeJson(value)}`],
  );
  const [r = 0, g = 0, b = 0] = createHash('sha1').update(literals.join()).digest();
  return solidPicture(numberInput(inputs, 'width') ?? 512, numberInput(inputs, 'height') ?? 512, [r, g, b]);
}

function resized(inputs: NodeInputs): Picture {
  const picture = pictureOf(inputs);
  const width = numberInput(inputs, 'width') ?? 0;
  const height = numberInput(inputs, 'height') ?? 0;
  return width > 0 && height > 0 ? { ...picture, width, height } : picture;
}

export function framesOf(inputs: NodeInputs): number {
  const own = numberInput(inputs, 'length', 'num_frames', 'frames');
  if (own !== undefined) return Math.max(1, own);
  const source =
    socketInput(inputs, 'image') ?? socketInput(inputs, 'latent') ?? socketInput(inputs, 'video');
  return source?.frames ?? Math.max(1, numberInput(inputs, 'batch_size') ?? 1);
}

const fileInputs = ['unet_name', 'ckpt_name', 'model_name', 'lora_name'];

/** Patches that change no file keep the key; a loader or LoRA adds its file, with its strength. */
function modelKey(inputs: NodeInputs): string {
  const upstream = socketInput(inputs, 'model')?.key;
  const file = fileInputs.map((name) => textInput(inputs, name)).find((name) => name !== undefined);
  const strength = numberInput(inputs, 'strength_model');
  const own = file === undefined ? undefined : strength === undefined ? file : `${file}@${strength}`;
  return [upstream, own].filter((part) => part !== undefined).join('+') || 'model';
}
