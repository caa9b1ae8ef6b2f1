/** Frames in parts that fit into notifications, and back. */
export interface Named {
  jobId: string;
  attemptId: string;
  nodeId: string;
}

export interface FramePart extends Named {
  /** Of the frame, as its sender counts. */
  no: number;
  part: number;
  parts: number;
  /** Base64. */
  bytes: string;
}

export interface NamedFrame extends Named {
  frame: Buffer;
}

export const frameBytesMax = 256 * 1024;
/** In base64 and with its names a part stays below the 8,000 bytes of a notification. */
const partBytes = 5_400;

/** None for a frame of more than `bytesMax`. */
export function partsOf(
  { frame, jobId, attemptId, nodeId }: NamedFrame,
  no: number,
  bytesMax = frameBytesMax,
): FramePart[] {
  if (frame.length > bytesMax) return [];
  const parts = Math.max(1, Math.ceil(frame.length / partBytes));
  return Array.from({ length: parts }, (_, part) => {
    const bytes = frame.subarray(part * partBytes, (part + 1) * partBytes).toString('base64');
    return { no, part, parts, jobId, attemptId, nodeId, bytes };
  });
}

/** What a node's socket takes at most, and so the largest picture. */
export const pictureBytesMax = 64 * 1024 * 1024;

const pngSignature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
/** Event number, its second number, and the metadata of a picture that names its prompt. */
const headBytesMax = 4_096;

/** A picture in full, such as `SaveImageWebsocket` sends: the result itself. Previews are JPEG of a few hundred pixels. */
export const isPicture = (frame: Buffer): boolean =>
  frame.length > frameBytesMax || frame.subarray(0, headBytesMax).includes(pngSignature);

/** Puts the parts of one sender's frames together; a frame of which one is missing is left out. */
export class FrameAssembly {
  private no = -1;
  private parts: string[] = [];

  /** The frame that this part completes. */
  add({ no, part, parts, bytes, jobId, attemptId, nodeId }: FramePart): NamedFrame | undefined {
    if (no !== this.no || part === 0) [this.no, this.parts] = [no, []];
    if (part !== this.parts.length) return undefined;
    this.parts.push(bytes);
    if (this.parts.length < parts) return undefined;
    const frame = Buffer.concat(this.parts.map((text) => Buffer.from(text, 'base64')));
    this.parts = [];
    return { jobId, attemptId, nodeId, frame };
  }
}
