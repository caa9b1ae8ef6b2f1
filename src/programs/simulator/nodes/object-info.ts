import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { parseJson } from '../wire/json-parse.js';
import { writeJson } from '../wire/json-write.js';
import { isDict, type Dict, type Value } from '../wire/values.js';
import { fileChoices, listFolder, type ModelFiles } from './model-files.js';

const mediaExtensions = {
  image: /\.(png|jpe?g|webp|gif|bmp|tiff?)$/i,
  video: /\.(mp4|webm|mkv|mov|gif)$/i,
  audio: /\.(wav|mp3|flac|ogg|m4a)$/i,
  latent: /\.latent$/i,
};

/** Inputs that list the server's input folder, and are validated by the file's existence. */
export const uploadInputs: ReadonlyMap<string, keyof typeof mediaExtensions> = new Map([
  ['LoadImage.image', 'image'],
  ['LoadImageMask.image', 'image'],
  ['LoadAndResizeImage.image', 'image'],
  ['LoadVideo.file', 'video'],
  ['VHS_LoadVideo.video', 'video'],
  ['VHS_LoadVideoFFmpeg.video', 'video'],
  ['LoadAudio.audio', 'audio'],
  ['VHS_LoadAudioUpload.audio', 'audio'],
  ['LoadLatent.latent', 'latent'],
]);

/**
 * The node classes of the recorded server, with the choices of one simulated node. The recording is parsed and
 * written once per process; a node only owns the few classes whose choices are its own files.
 */
interface Recording {
  readonly classes: ReadonlyMap<string, Dict>;
  readonly written: ReadonlyMap<string, string>;
  readonly fileClasses: ReadonlySet<string>;
}

let loaded: Recording | undefined;

function recording(): Recording {
  if (loaded !== undefined) return loaded;
  const file = new URL('../recordings/object_info.json.gz', import.meta.url);
  const classes = parseJson(gunzipSync(readFileSync(file)).toString('utf8')) as Map<string, Dict>;
  const written = new Map([...classes].map(([name, info]) => [name, writePair(name, info)]));
  const fileClasses = new Set(
    [...fileChoices.keys(), ...uploadInputs.keys()].map((key) => key.slice(0, key.indexOf('.'))),
  );
  loaded = { classes, written, fileClasses };
  return loaded;
}

const writePair = (name: string, info: Dict): string => `${writeJson(name)}: ${writeJson(info)}`;

/** Every declared input with its SPEC, required ones first. */
export function inputsOf(info: Dict): Dict {
  const groups = info.get('input') as Dict;
  const result: Dict = new Map();
  for (const group of ['required', 'optional']) {
    const inputs = groups.get(group);
    if (isDict(inputs)) for (const [name, spec] of inputs) result.set(name, spec);
  }
  return result;
}

/** The latest documents of this process; over a megabyte each, and the same for all nodes with equal files. */
const documents = new Map<string, Uint8Array>();
const documentsMax = 4;

export class ObjectInfo {
  private own: ReadonlyMap<string, Dict> = new Map();
  private ownKey = '';

  constructor(
    private models: ModelFiles,
    private readonly windows: boolean,
    private readonly listInputs: () => string[],
  ) {}

  setModels(models: ModelFiles): void {
    this.models = models;
    this.ownKey = '';
  }

  get(name: string): Dict | undefined {
    const { classes, fileClasses } = recording();
    return fileClasses.has(name) ? this.ownClasses().get(name) : classes.get(name);
  }

  /** The whole document as sent by `GET /object_info`; equal nodes share it. */
  document(): Uint8Array {
    const key = JSON.stringify([this.models, this.windows, this.listInputs()]);
    const known = documents.get(key) ?? Buffer.from(this.text(), 'latin1');
    documents.delete(key);
    documents.set(key, known);
    if (documents.size > documentsMax) documents.delete(documents.keys().next().value as string);
    return known;
  }

  private text(): string {
    const own = this.ownClasses();
    const parts: string[] = [];
    for (const [name, written] of recording().written) {
      const info = own.get(name);
      parts.push(info === undefined ? written : writePair(name, info));
    }
    return `{${parts.join(', ')}}`;
  }

  private ownClasses(): ReadonlyMap<string, Dict> {
    const inputFiles = this.listInputs();
    const key = inputFiles.join('\n') || 'none';
    if (key === this.ownKey) return this.own;
    const { classes, fileClasses } = recording();
    const owned = [...fileClasses].flatMap((name): [string, Dict][] => {
      const info = classes.get(name);
      return info === undefined ? [] : [[name, this.withChoices(name, info, inputFiles)]];
    });
    this.own = new Map(owned);
    this.ownKey = key;
    return this.own;
  }

  private withChoices(className: string, info: Dict, inputFiles: string[]): Dict {
    const groups: Dict = new Map(info.get('input') as Dict);
    for (const [group, inputs] of groups) {
      if (group === 'hidden' || !isDict(inputs)) continue;
      const replaced = [...inputs].map(([name, spec]): [string, Value] => {
        const choices = this.choices(`${className}.${name}`, inputFiles);
        return [name, choices === undefined ? spec : withOptions(spec, choices)];
      });
      groups.set(group, new Map(replaced));
    }
    return new Map(info).set('input', groups);
  }

  private choices(key: string, inputFiles: string[]): string[] | undefined {
    const media = uploadInputs.get(key);
    if (media !== undefined) return inputFiles.filter((name) => mediaExtensions[media].test(name));
    const choice = fileChoices.get(key);
    if (choice === undefined) return undefined;
    const names = choice.folders.flatMap((folder) => listFolder(this.models, folder, this.windows));
    return [...(choice.folders.length > 1 ? names.toSorted() : names), ...(choice.fixed ?? [])];
  }
}

function withOptions(spec: Value, choices: string[]): Value {
  const [type, options] = spec as [Value, Value | undefined];
  if (Array.isArray(type)) return options === undefined ? [choices] : [choices, options];
  return [type, new Map(options as Dict).set('options', choices)];
}
