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

/** None for a frame that is too large. */
export function partsOf({ frame, jobId, attemptId, nodeId }: NamedFrame, no: number): FramePart[] {
  if (frame.length > frameBytesMax) return [];
  const parts = Math.max(1, Math.ceil(frame.length / partBytes));
  return Array.from({ length: parts }, (_, part) => {
    const bytes = frame.subarray(part * partBytes, (part + 1) * partBytes).toString('base64');
    return { no, part, parts, jobId, attemptId, nodeId, bytes };
  });
}

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
