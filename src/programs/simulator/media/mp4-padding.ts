import { open } from 'node:fs/promises';

const smallBoxMax = 0xffff_ffff;

/** Appends a `free` box with this text: how a video carries what made it, without touching its tracks. */
export async function appendText(path: string, text: string): Promise<void> {
  const body = Buffer.from(text, 'utf8');
  await appendToFile(path, Buffer.concat([freeBoxHead(body.length + 8), body]));
}

/** Grows an MP4 to `sizeBytes` with a `free` box; the body is a hole in the file, so it costs neither memory nor disk. */
export async function growTo(path: string, sizeBytes: number): Promise<void> {
  const file = await open(path, 'r+');
  try {
    const { size } = await file.stat();
    if (sizeBytes < size + 16) return;
    await file.write(freeBoxHead(sizeBytes - size), 0, null, size);
    await file.truncate(sizeBytes);
  } finally {
    await file.close();
  }
}

function freeBoxHead(boxBytes: number): Buffer {
  const head = Buffer.alloc(boxBytes > smallBoxMax ? 16 : 8);
  head.writeUInt32BE(boxBytes > smallBoxMax ? 1 : boxBytes, 0);
  head.write('free', 4, 'latin1');
  if (head.length === 16) head.writeBigUInt64BE(BigInt(boxBytes), 8);
  return head;
}

async function appendToFile(path: string, bytes: Buffer): Promise<void> {
  const file = await open(path, 'a');
  try {
    await file.write(bytes);
  } finally {
    await file.close();
  }
}
