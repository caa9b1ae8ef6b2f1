/** Readings of the binary frames of `/ws`: big-endian event number, then its payload. */
import { isJsonObject, parsePlainJson } from '../json/json.js';

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

/** The prompt that a preview with metadata names. */
export function promptIdOfFrame(frame: Uint8Array): string | undefined {
  const event =
    frame.length >= 8 && frame[3] === previewImageWithMetadata ? decodeBinaryEvent(frame) : undefined;
  return event?.type === 'preview' ? event.metadata?.promptId : undefined;
}

/** The same frame with another prompt id of the same length in its metadata; a frame without it comes back as it is. */
export function rewriteFramePromptId(frame: Buffer, from: string, to: string): Buffer {
  if (frame.length < 8 || frame.readUInt32BE(0) !== previewImageWithMetadata || from.length !== to.length)
    return frame;
  const metadata = frame.subarray(8, 8 + frame.readUInt32BE(4));
  const rewritten = Buffer.from(metadata.toString('latin1').replaceAll(from, to), 'latin1');
  return Buffer.concat([frame.subarray(0, 8), rewritten, frame.subarray(8 + metadata.length)]);
}

/** A preview with metadata as a client without the feature flag gets it; other frames come back as they are. */
export function withoutMetadata(frame: Buffer): Buffer {
  if (frame.length < 8 || frame.readUInt32BE(0) !== previewImageWithMetadata) return frame;
  const length = frame.readUInt32BE(4);
  const isPng = frame.subarray(8, 8 + length).includes('image/png');
  const head = Buffer.alloc(8);
  head.writeUInt32BE(previewImage, 0);
  head.writeUInt32BE(isPng ? 2 : 1, 4);
  return Buffer.concat([head, frame.subarray(8 + length)]);
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
