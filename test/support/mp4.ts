/** Reads what an MP4 says of its one video track: sizes, times, and the coded bytes of each frame. */

export interface Mp4Video {
  frameCount: number;
  /** Exact: timescale over the one duration that every frame has. */
  framesPerSecond: number;
  /** Sequence and picture parameter sets. */
  parameterSets: Buffer[];
  /** NAL units of the first frame. */
  firstFrame: Buffer[];
}

interface Box {
  type: string;
  body: Buffer;
}

/** Throws when the file is not an MP4 with one H.264 track whose samples lie where its tables say. */
export function readMp4(file: Buffer): Mp4Video {
  if (boxes(file)[0]?.type !== 'ftyp') throw new Error('the file does not begin like an MP4');
  const media = path(file, 'moov', 'trak', 'mdia');
  const table = path(media, 'minf', 'stbl');
  const sizes = sampleSizes(path(table, 'stsz'));
  const times = path(table, 'stts');
  if (times.readUInt32BE(4) !== 1) throw new Error('the frames differ in duration');
  if (times.readUInt32BE(8) !== sizes.length) throw new Error('stts and stsz count differently');
  const offset = path(table, 'stco').readUInt32BE(8);
  const [length = 0] = sizes;
  if (offset + length > file.length) throw new Error('the first frame lies beyond the end of the file');
  return {
    frameCount: sizes.length,
    framesPerSecond: path(media, 'mdhd').readUInt32BE(12) / times.readUInt32BE(12),
    parameterSets: parameterSets(path(table, 'stsd')),
    firstFrame: units(file.subarray(offset, offset + length)),
  };
}

function path(container: Buffer, ...types: string[]): Buffer {
  let body = container;
  for (const type of types) {
    const found = boxes(body).filter((box) => box.type === type);
    if (found.length !== 1) throw new Error(`${found.length} ${type} boxes where one was expected`);
    body = found[0]?.body ?? body;
  }
  return body;
}

function boxes(container: Buffer): Box[] {
  const found: Box[] = [];
  for (let at = 0; at + 8 <= container.length;) {
    const short = container.readUInt32BE(at);
    const isLong = short === 1;
    const size = isLong ? Number(container.readBigUInt64BE(at + 8)) : short;
    if (size < 8 || at + size > container.length)
      throw new Error(`a box of ${size} bytes at ${at} does not fit`);
    found.push({
      type: container.toString('latin1', at + 4, at + 8),
      body: container.subarray(at + (isLong ? 16 : 8), at + size),
    });
    at += size;
  }
  return found;
}

function sampleSizes(stsz: Buffer): number[] {
  const common = stsz.readUInt32BE(4);
  return Array.from({ length: stsz.readUInt32BE(8) }, (_, index) =>
    common === 0 ? stsz.readUInt32BE(12 + index * 4) : common,
  );
}

/** Of the `avcC` box behind the fixed 78 bytes of the one sample entry. */
function parameterSets(stsd: Buffer): Buffer[] {
  const [entry] = boxes(stsd.subarray(8));
  if (entry?.type !== 'avc1') throw new Error(`the track is ${entry?.type ?? 'empty'}, not H.264`);
  const avcC = path(entry.body.subarray(78), 'avcC');
  const sets: Buffer[] = [];
  let at = 5;
  for (const mask of [0x1f, 0xff]) {
    let left = avcC.readUInt8(at) & mask;
    for (at += 1; left > 0; left -= 1) {
      const length = avcC.readUInt16BE(at);
      sets.push(avcC.subarray(at + 2, at + 2 + length));
      at += 2 + length;
    }
  }
  return sets;
}

function units(sample: Buffer): Buffer[] {
  const found: Buffer[] = [];
  for (let at = 0; at + 4 <= sample.length;) {
    const length = sample.readUInt32BE(at);
    found.push(sample.subarray(at + 4, at + 4 + length));
    at += 4 + length;
  }
  return found;
}
