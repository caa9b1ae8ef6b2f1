/** Core nodes that save what is no picture. The files are small and begin as their kind does, so that readers know them. */
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { pictureOf } from './generic.js';
import { type Behaviour, NodeFailure, type NodeResult, type NodeRun } from './node-run.js';
import { nextOutput } from './output-path.js';
import { textInput } from './sockets.js';

interface FileKind {
  /** Of the ui dictionary. */
  key: string;
  extension: string | ((run: NodeRun) => string);
  bytes: (run: NodeRun) => Uint8Array;
  prefix: string;
  isPreview?: boolean;
}

/** A stream header without frames: 44.1 kHz, two channels, 16 bits. */
const flac = Buffer.concat([
  Buffer.from('fLaC'),
  Buffer.from([0x80, 0, 0, 34, 0x10, 0, 0x10, 0, 0, 0, 0, 0, 0, 0, 0x0a, 0xc4, 0x42, 0xf0, 0, 0, 0, 0]),
  Buffer.alloc(16),
]);
/** One silent frame: MPEG 1, layer III, 128 kbit/s, 44.1 kHz. */
const mp3 = Buffer.concat([Buffer.from([0xff, 0xfb, 0x90, 0x00]), Buffer.alloc(413)]);
const ogg = Buffer.concat([
  Buffer.from('OggS'),
  Buffer.from([0, 2, ...Array.from({ length: 20 }, () => 0), 1, 19]),
  Buffer.from('OpusHead'),
  Buffer.from([1, 2, 0, 0, 0x80, 0xbb, 0, 0, 0, 0, 0]),
]);

function glb(): Uint8Array {
  const json = Buffer.from('{"asset":{"version":"2.0"}}'.padEnd(28));
  const head = Buffer.alloc(20);
  head.write('glTF');
  head.writeUInt32LE(2, 4);
  head.writeUInt32LE(20 + json.length, 8);
  head.writeUInt32LE(json.length, 12);
  head.write('JSON', 16);
  return Buffer.concat([head, json]);
}

/** A safetensors file without tensors; the latent's size is in its metadata. */
function latent(run: NodeRun): Uint8Array {
  const { width, height } = pictureOf(run.inputs);
  const header = Buffer.from(JSON.stringify({ __metadata__: { size: `${width}x${height}` } }));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(header.length));
  return Buffer.concat([length, header]);
}

const textOf = (run: NodeRun): string => textInput(run.inputs, 'text') ?? '';

const kinds: Record<string, FileKind> = {
  SaveAudio: { key: 'audio', extension: 'flac', bytes: () => flac, prefix: 'audio/ComfyUI' },
  SaveAudioMP3: { key: 'audio', extension: 'mp3', bytes: () => mp3, prefix: 'audio/ComfyUI' },
  SaveAudioOpus: { key: 'audio', extension: 'opus', bytes: () => ogg, prefix: 'audio/ComfyUI' },
  PreviewAudio: {
    key: 'audio',
    extension: 'flac',
    bytes: () => flac,
    prefix: 'ComfyUI_temp',
    isPreview: true,
  },
  SaveGLB: { key: '3d', extension: 'glb', bytes: glb, prefix: 'mesh/ComfyUI' },
  SaveLatent: { key: 'latents', extension: 'latent', bytes: latent, prefix: 'latents/ComfyUI' },
  SaveText: {
    key: 'files',
    extension: (run) => textInput(run.inputs, 'format') ?? 'txt',
    bytes: (run) => Buffer.from(textOf(run)),
    prefix: 'ComfyUI',
  },
};

export const fileSavers: [className: string, behaviour: Behaviour][] = Object.entries(kinds).map(
  ([className, kind]) => [className, (run) => save(run, kind)],
);

function save(run: NodeRun, { key, extension, bytes, prefix, isPreview = false }: FileKind): NodeResult {
  const kind = isPreview ? 'temp' : 'output';
  const output = nextOutput(
    run,
    kind,
    textInput(run.inputs, 'filename_prefix') ?? prefix,
    /^_(\d+)_?\.?/,
    pictureOf(run.inputs),
  );
  const ending = typeof extension === 'string' ? extension : extension(run);
  const filename = `${output.prefix}_${output.counter}_.${ending}`;
  writeFileSync(path.join(output.folder, filename), bytes(run));
  return { outputs: [], ui: { [key]: [{ filename, subfolder: output.subfolder, type: kind }] } };
}

/** Reads what SaveLatent wrote. */
export function runLoadLatent(run: NodeRun): NodeResult {
  const name = textInput(run.inputs, 'latent') ?? '';
  const file = run.folders.findAnnotated(name);
  if (file === undefined)
    throw new NodeFailure('FileNotFoundError', `No such file or directory: /comfyui/input/${name}`);
  const [, width, height] = /"size":"(\d+)x(\d+)"/.exec(readFileSync(file, 'latin1')) ?? [];
  if (width === undefined || height === undefined)
    throw new NodeFailure('SafetensorError', 'Error while deserializing header: header too small');
  const picture = { ...pictureOf(run.inputs), width: Number(width), height: Number(height) };
  return { outputs: [{ tag: 'latent', picture, frames: 1 }] };
}
