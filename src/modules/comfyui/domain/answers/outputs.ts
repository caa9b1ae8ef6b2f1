/** Results named in `outputs[node]` of history or in `executed`: files, and texts that are results themselves. */
import { asNumber, isJsonObject } from '../json/json.js';
import { boundedMembers } from '../json/storable.js';
import { isPause, type Steps } from '../steps.js';
import { walkSteps } from '../json/walk.js';

export interface OutputFile {
  nodeId: string;
  /** The ui key: `images`, `gifs`, `audio`, … It does not tell the kind: SaveVideo writes `images`. */
  key: string;
  /** Position among the files of its key. */
  index: number;
  filename: string;
  /** Always with `/`, whatever the node's operating system. Empty for the top folder. */
  subfolder: string;
  /** `output`, `temp` or `input`. */
  type: string;
  /** VideoHelperSuite's format name (`video/h264-mp4`), which is no MIME type. */
  format?: string;
  frameRate?: number;
  /** Read from a bare path (`Preview3D`): perhaps a file, perhaps none. */
  isGuess: boolean;
  raw: Record<string, unknown>;
}

/** A caption, a prompt, a value shown: `PreviewAny` and the like. */
export interface OutputText {
  nodeId: string;
  key: string;
  index: number;
  text: string;
}

export interface OutputListing {
  /** In the order of nodes, keys and lists, each name once; at most one more than was asked for. */
  files: OutputFile[];
  texts: OutputText[];
}

/** Of what a node says beside a file's name, in characters of JSON. */
const rawLengthMax = 64 * 1024;
/** The same, of all files of a run together: it goes into the record in one statement. */
const rawsLengthMax = 4 * 1024 * 1024;
const textsMax = 1_000;
const depthMax = 50;

/** Every object with a filename at any depth, every model path in a `result`, every text in a list. Reads on until `filesMax` is exceeded. */
export function* listOutputsSteps(outputs: Record<string, unknown>, filesMax: number): Steps<OutputListing> {
  const listing = new Listing(filesMax);
  for (const [nodeId, output] of Object.entries(outputs))
    if (isJsonObject(output))
      for (const [key, value] of Object.entries(output)) yield* listing.read(nodeId, key, value);
  return { files: listing.files, texts: listing.texts };
}

class Listing {
  readonly files: OutputFile[] = [];
  readonly texts: OutputText[] = [];
  private readonly seen = new Set<string>();

  constructor(private readonly filesMax: number) {}

  private rawLength = 0;
  private count = 0;

  *read(nodeId: string, key: string, value: unknown): Steps<void> {
    const [files, texts] = [this.files.length, this.texts.length];
    const place = (): Place => ({ nodeId, key, index: this.files.length - files });
    yield* this.walk(value, place);
    if (!Array.isArray(value)) return;
    for (const item of value) {
      if (isPause(this.count++)) yield undefined;
      if (typeof item === 'string') {
        if (key === 'result') this.add(fileAtPath(item, place()));
        else if (this.texts.length < textsMax)
          this.texts.push({ nodeId, key, index: this.texts.length - texts, text: item });
      }
    }
  }

  private walk(value: unknown, place: () => Place): Steps<void> {
    return walkSteps(value, (found, depth) => {
      if (this.files.length > this.filesMax) return false;
      if (isJsonObject(found)) this.add(this.bounded(readFile(found, place(), depth <= 1)));
      return depth < depthMax;
    });
  }

  private bounded(file: OutputFile | undefined): OutputFile | undefined {
    if (file === undefined) return undefined;
    const raw = boundedMembers(file.raw, Math.min(rawLengthMax, rawsLengthMax - this.rawLength));
    this.rawLength += lengthOf(raw);
    return { ...file, raw };
  }

  private add(file: OutputFile | undefined): void {
    if (file === undefined || this.files.length > this.filesMax) return;
    const name = JSON.stringify([file.nodeId, file.type, file.subfolder, file.filename]);
    if (this.seen.has(name)) return;
    this.seen.add(name);
    this.files.push(file);
  }
}

const lengthOf = (raw: Record<string, unknown>): number => JSON.stringify(raw).length;

type Place = Pick<OutputFile, 'nodeId' | 'key' | 'index'>;

/** Deeper down, what merely has a name is no result: a result says in which folder it is. */
function readFile(raw: Record<string, unknown>, place: Place, isPlain: boolean): OutputFile | undefined {
  const { filename, subfolder, type, format } = raw;
  if (typeof filename !== 'string' || filename === '') return undefined;
  if (!isPlain && !(typeof subfolder === 'string' && typeof type === 'string')) return undefined;
  const frameRate = asNumber(raw.frame_rate);
  return {
    ...place,
    filename,
    subfolder: typeof subfolder === 'string' ? subfolder.replaceAll('\\', '/') : '',
    type: typeof type === 'string' ? type : 'output',
    ...(typeof format === 'string' && { format }),
    ...(frameRate !== undefined && { frameRate }),
    isGuess: false,
    raw,
  };
}

const modelPath =
  /^[^\\/:*?"<>|][^:*?"<>|]{0,500}\.(?:glb|gltf|obj|fbx|stl|ply|usdz?|spz|k?splat|png|jpg|jpeg|webp)$/i;
const annotation = / \[(output|temp|input)\]$/;

/** `mesh/x.glb`, or `x.glb [temp]`; a background in ComfyUI's temp folder is `temp/x.png`. */
function fileAtPath(text: string, place: Place): OutputFile | undefined {
  const annotated = annotation.exec(text.slice(-9))?.[1];
  const plain = (annotated === undefined ? text : text.slice(0, text.lastIndexOf(' ['))).replaceAll(
    '\\',
    '/',
  );
  const isTemp = annotated === undefined && plain.startsWith('temp/');
  const path = isTemp ? plain.slice('temp/'.length) : plain;
  if (!modelPath.test(path) || path.split('/').includes('..')) return undefined;
  const slash = path.lastIndexOf('/');
  return {
    ...place,
    filename: path.slice(slash + 1),
    subfolder: slash < 0 ? '' : path.slice(0, slash),
    type: annotated ?? (isTemp ? 'temp' : 'output'),
    isGuess: true,
    raw: { path: text },
  };
}

/** The lower-case extension without its dot (`mp4`), or undefined. */
export function containerFormat(filename: string): string | undefined {
  return /\.([a-z0-9]{1,8})$/i.exec(filename)?.[1]?.toLowerCase();
}

const videoContainers = new Set(['mp4', 'm4v', 'webm', 'mkv', 'mov', 'avi', 'ogv']);

/** By container, because the ui key says `images` or `gifs` for videos too. Animated images are not videos. */
export function isVideoFile(filename: string): boolean {
  const format = containerFormat(filename);
  return format !== undefined && videoContainers.has(format);
}
