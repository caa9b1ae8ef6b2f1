/** Readings of the binary frames of `/ws`: big-endian event number, then its payload. */
import { isJsonObject, parsePlainJson } from './json.js';

export interface PreviewMetadata {
  promptId: string;
  nodeId: string;
  displayNodeId: string;
  realNodeId: string;
}

export type ComfyBinaryEvent =
  | {
      type: 'preview';
      mimeType: 'image/jpeg' | 'image/png';
      image: Uint8Array;
      /** Absent on servers before 0.3.45: the preview then belongs to whatever this client runs. */
      metadata?: PreviewMetadata;
    }
  | { type: 'text'; nodeId: string; text: string };

const previewImage = 1;
const progressText = 3;
const previewImageWithMetadata = 4;

/** The image is a view of `frame`, not a copy. Unknown or malformed frames read as undefined. */
export function decodeBinaryEvent(frame: Uint8Array): ComfyBinaryEvent | undefined {
  if (frame.length < 8) return undefined;
  const view = new DataView(frame.buffer, frame.byteOffset, frame.byteLength);
  const second = view.getUint32(4);
  switch (view.getUint32(0)) {
    case previewImage:
      return decodePreview(second, frame.subarray(8));
    case progressText:
      return decodeText(second, frame.subarray(8));
    case previewImageWithMetadata:
      return decodePreviewWithMetadata(second, frame.subarray(8));
    default:
      return undefined;
  }
}

function decodePreview(format: number, payload: Uint8Array): ComfyBinaryEvent | undefined {
  if (format === 2) return { type: 'preview', mimeType: 'image/png', image: payload };
  if (format !== 1) return undefined;
  const start = jpegStart(payload);
  return start < 0 ? undefined : { type: 'preview', mimeType: 'image/jpeg', image: payload.subarray(start) };
}

// VideoHelperSuite reuses this event with a header of its own, 24 bytes, before the JPEG.
function jpegStart(payload: Uint8Array): number {
  for (let at = 0; at <= 64 && at + 1 < payload.length; at++)
    if (payload[at] === 0xff && payload[at + 1] === 0xd8) return at;
  return -1;
}

function decodeText(idLength: number, payload: Uint8Array): ComfyBinaryEvent | undefined {
  if (idLength > payload.length) return undefined;
  return {
    type: 'text',
    nodeId: utf8(payload.subarray(0, idLength)),
    text: utf8(payload.subarray(idLength)),
  };
}

function decodePreviewWithMetadata(length: number, payload: Uint8Array): ComfyBinaryEvent | undefined {
  if (length > payload.length) return undefined;
  const raw = parseOrUndefined(utf8(payload.subarray(0, length)));
  if (!isJsonObject(raw) || typeof raw.prompt_id !== 'string' || typeof raw.node_id !== 'string')
    return undefined;
  const { prompt_id: promptId, node_id: nodeId, display_node_id: display, real_node_id: real } = raw;
  return {
    type: 'preview',
    mimeType: raw.image_type === 'image/png' ? 'image/png' : 'image/jpeg',
    image: payload.subarray(length),
    metadata: {
      promptId,
      nodeId,
      displayNodeId: typeof display === 'string' ? display : nodeId,
      realNodeId: typeof real === 'string' ? real : nodeId,
    },
  };
}

function utf8(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8');
}

function parseOrUndefined(text: string): unknown {
  try {
    return parsePlainJson(text);
  } catch {
    return undefined;
  }
}
