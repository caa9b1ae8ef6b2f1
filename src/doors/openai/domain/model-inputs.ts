/** What a client of OpenAI's API says, as inputs of a workflow. Pure; what does not fit is told by its OpenAI parameter. */
import type {
  MediaInput,
  OpenAiPlace,
  WorkflowInput,
  WorkflowManifest,
} from '../../../modules/workflows/domain/index.js';
import { OpenAiError, unknownParameter } from './errors.js';

/** Of a request for images or a video, read from JSON or a form. */
export interface Asked {
  /** Text as it came; numbers of a form are texts. */
  fields: ReadonlyMap<string, unknown>;
  /** By parameter: `image`, `mask`, `input_reference`. */
  files: ReadonlyMap<string, MediaInput>;
}

type Role = Exclude<keyof OpenAiPlace, 'as' | 'framesPerSecond'>;

/** Where a manifest names no input of its own, the first of these that it has. */
const usualNames: Record<Role, readonly string[]> = {
  prompt: ['prompt', 'text', 'positive_prompt', 'positive'],
  image: ['image', 'input_image', 'start_image', 'input_reference'],
  mask: ['mask'],
  width: ['width'],
  height: ['height'],
  count: ['batch_size'],
  seconds: ['seconds', 'duration'],
  frames: ['length', 'frames', 'num_frames'],
  fps: ['fps', 'frame_rate'],
};

/** Parameters of OpenAI's own that say nothing to a workflow. */
const passedOver = new Set(
  [
    'model',
    'n',
    'response_format',
    'user',
    'quality',
    'style',
    'background',
    'moderation',
    'output_format',
  ].concat(['output_compression', 'partial_images', 'input_fidelity', 'stream']),
);

export interface ModelInputs {
  inputs: Record<string, unknown>;
  /** Which parameter set an input, for the words of a refusal. */
  paramOf: Record<string, string>;
}

/** Throws OpenAiError. */
export function modelInputs(manifest: WorkflowManifest, place: OpenAiPlace, asked: Asked): ModelInputs {
  const inputs: Record<string, unknown> = {};
  const paramOf: Record<string, string> = {};
  const set = (name: string | undefined, param: string, value: unknown): void => {
    if (name === undefined) throw new OpenAiError(400, `This model takes no ${param}.`, param);
    inputs[name] = value;
    paramOf[name] = param;
  };
  const at = (role: Role): string | undefined => nameOf(manifest, place, role);
  for (const [param, value] of asked.fields) {
    if (passedOver.has(param) || value === null || value === '') continue;
    if (param === 'prompt') set(at('prompt'), param, value);
    else if (param === 'size') {
      const size = sizeOf(value);
      if (size) for (const role of ['width', 'height'] as const) set(at(role), param, size[role]);
    } else if (param === 'seconds') {
      const [name, length] = lengthOf(manifest, place, value);
      set(name, param, length);
    } else set(ownInput(manifest, param), param, typed(manifest.inputs[param], value));
  }
  for (const [param, media] of asked.files)
    set(at(param === 'mask' ? 'mask' : 'image'), param, givenAs(media));
  return { inputs, paramOf };
}

export function nameOf({ inputs }: WorkflowManifest, place: OpenAiPlace, role: Role): string | undefined {
  return place[role] ?? usualNames[role].find((name) => Object.hasOwn(inputs, name));
}

/** What a finished or waiting video is told to have: seconds by frames and rate. */
export function secondsOf(
  manifest: WorkflowManifest,
  place: OpenAiPlace,
  inputs: Record<string, unknown>,
): number | undefined {
  const valueOf = (role: Role): number | undefined => {
    const name = nameOf(manifest, place, role);
    const value = name === undefined ? undefined : (inputs[name] ?? defaultOf(manifest.inputs[name]));
    return typeof value === 'number' ? value : undefined;
  };
  const seconds = valueOf('seconds');
  const frames = valueOf('frames');
  const rate = valueOf('fps') ?? place.framesPerSecond;
  if (seconds !== undefined || frames === undefined || rate === undefined) return seconds;
  return Math.round((frames - 1) / rate);
}

export function sizeTold(
  manifest: WorkflowManifest,
  place: OpenAiPlace,
  inputs: Record<string, unknown>,
): string | undefined {
  const sides = (['width', 'height'] as const).map((role) => {
    const name = nameOf(manifest, place, role);
    return name === undefined ? undefined : (inputs[name] ?? defaultOf(manifest.inputs[name]));
  });
  return sides.every((side) => typeof side === 'number') ? sides.join('x') : undefined;
}

const defaultOf = (input: WorkflowInput | undefined): unknown =>
  input && 'default' in input ? input.default : undefined;

function sizeOf(value: unknown): { width: number; height: number } | undefined {
  if (value === 'auto') return undefined;
  const [, width, height] = /^(\d{1,5})x(\d{1,5})$/.exec(String(value)) ?? [];
  if (width === undefined) throw new OpenAiError(400, 'size must be of the form 1024x1024.', 'size');
  return { width: Number(width), height: Number(height) };
}

function lengthOf(
  manifest: WorkflowManifest,
  place: OpenAiPlace,
  value: unknown,
): [string | undefined, number] {
  const seconds = Number(value);
  if (!Number.isFinite(seconds) || seconds <= 0)
    throw new OpenAiError(400, 'seconds must be a number above 0.', 'seconds');
  const direct = nameOf(manifest, place, 'seconds');
  if (direct !== undefined) return [direct, seconds];
  const fps = nameOf(manifest, place, 'fps');
  const rate = Number(
    (fps === undefined ? undefined : defaultOf(manifest.inputs[fps])) ?? place.framesPerSecond,
  );
  // Video models count the picture that they begin with.
  return [nameOf(manifest, place, 'frames'), Math.round(seconds * (Number.isFinite(rate) ? rate : 16)) + 1];
}

function ownInput({ inputs }: WorkflowManifest, param: string): string {
  if (Object.hasOwn(inputs, param)) return param;
  throw unknownParameter(param);
}

const numeric = new Set<WorkflowInput['type']>(['integer', 'number', 'seed']);

/** A form knows only texts. */
function typed(input: WorkflowInput | undefined, value: unknown): unknown {
  if (typeof value !== 'string' || input === undefined) return value;
  if (input.type === 'boolean') return value === 'true' ? true : value === 'false' ? false : value;
  if (input.type === 'seed' && /^\d{1,20}$/.test(value)) return BigInt(value);
  return numeric.has(input.type) && value.trim() !== '' && Number.isFinite(Number(value))
    ? Number(value)
    : value;
}

const givenAs = (media: MediaInput): unknown => {
  if ('dataUri' in media) return media.dataUri;
  return 'file' in media ? media.file : media;
};
