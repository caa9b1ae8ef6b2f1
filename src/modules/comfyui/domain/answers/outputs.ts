/** Result files named in `outputs[node]` of history or in `executed`. */
import { asNumber, isJsonObject } from '../json/json.js';

export interface OutputFile {
  nodeId: string;
  /** The ui key: `images`, `gifs`, `audio`, … It does not tell the kind: SaveVideo writes `images`. */
  key: string;
  /** Position in the node's list. */
  index: number;
  filename: string;
  /** Always with `/`, whatever the node's operating system. Empty for the top folder. */
  subfolder: string;
  /** `output`, `temp` or `input`. */
  type: string;
  /** VideoHelperSuite's format name (`video/h264-mp4`), which is no MIME type. */
  format?: string;
  frameRate?: number;
  raw: Record<string, unknown>;
}

/** Every item with a filename, in the order of nodes, keys and lists. */
export function listOutputFiles(outputs: Record<string, unknown>): OutputFile[] {
  return Object.entries(outputs).flatMap(([nodeId, output]) =>
    isJsonObject(output) ? filesOfNode(nodeId, output) : [],
  );
}

function filesOfNode(nodeId: string, output: Record<string, unknown>): OutputFile[] {
  return Object.entries(output).flatMap(([key, items]) =>
    Array.isArray(items) ? items.flatMap((item, index) => readFile(nodeId, key, index, item)) : [],
  );
}

function readFile(nodeId: string, key: string, index: number, raw: unknown): OutputFile[] {
  if (!isJsonObject(raw) || typeof raw.filename !== 'string' || raw.filename === '') return [];
  const frameRate = asNumber(raw.frame_rate);
  return [
    {
      nodeId,
      key,
      index,
      filename: raw.filename,
      subfolder: typeof raw.subfolder === 'string' ? raw.subfolder.replaceAll('\\', '/') : '',
      type: typeof raw.type === 'string' ? raw.type : 'output',
      ...(typeof raw.format === 'string' && { format: raw.format }),
      ...(frameRate !== undefined && { frameRate }),
      raw,
    },
  ];
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
