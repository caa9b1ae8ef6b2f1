/**
 * Reads, scales and writes pictures and videos away from the event loop. Plain JavaScript because a worker thread
 * loads it as it is, both from the sources under test and from the built program.
 */
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { parentPort } from 'node:worker_threads';
import { crc32 } from 'node:zlib';
import encoderModule from 'h264-mp4-encoder';
import jpeg from 'jpeg-js';
import { PNG } from 'pngjs';

const rememberedVideos = 8;
const videos = new Map();

const operations = { readPicture, writePng, writeMp4, encodeJpeg, encodePng, replaceAlpha };

parentPort.on('message', (task) => void answer(task));

async function answer({ id, operation, args }) {
  try {
    parentPort.postMessage({ id, result: await operations[operation](args) });
  } catch (error) {
    parentPort.postMessage({ id, error: error instanceof Error ? error.message : String(error) });
  }
}

function readPicture({ path, longestSide }) {
  const picture = decode(readFileSync(path));
  const ratio = Math.min(1, longestSide / Math.max(picture.width, picture.height));
  const thumbnail = scale(
    picture,
    Math.max(1, Math.round(picture.width * ratio)),
    Math.max(1, Math.round(picture.height * ratio)),
  );
  return {
    width: picture.fullWidth ?? picture.width,
    height: picture.fullHeight ?? picture.height,
    thumbnail,
  };
}

function decode(bytes) {
  if (bytes[0] === 0x89 && bytes[1] === 0x50) {
    const { width, height, data } = PNG.sync.read(bytes);
    return { width, height, rgba: data };
  }
  if (bytes[0] === 0xff && bytes[1] === 0xd8) {
    const { width, height, data } = jpeg.decode(bytes, { useTArray: true, maxMemoryUsageInMB: 1024 });
    return { width, height, rgba: data };
  }
  if (bytes.toString('latin1', 8, 12) === 'WEBP') return ownColour(bytes, webpSize(bytes));
  if (bytes.toString('latin1', 0, 4) === 'GIF8')
    return ownColour(bytes, [bytes.readUInt16LE(6), bytes.readUInt16LE(8)]);
  throw new Error('cannot identify image file');
}

/** No decoder at hand for this format: a colour that is the file's own still tells pictures apart. */
function ownColour(bytes, [fullWidth, fullHeight]) {
  const [r, g, b] = createHash('sha256').update(bytes).digest();
  const ratio = Math.min(1, 320 / Math.max(fullWidth, fullHeight));
  const width = Math.max(1, Math.round(fullWidth * ratio));
  const height = Math.max(1, Math.round(fullHeight * ratio));
  const rgba = new Uint8Array(width * height * 4);
  for (let at = 0; at < rgba.length; at += 4) rgba.set([r, g, b, 255], at);
  return { width, height, rgba, fullWidth, fullHeight };
}

function webpSize(bytes) {
  const kind = bytes.toString('latin1', 12, 16);
  if (kind === 'VP8X') return [1 + bytes.readUIntLE(24, 3), 1 + bytes.readUIntLE(27, 3)];
  if (kind === 'VP8 ') return [bytes.readUInt16LE(26) & 0x3fff, bytes.readUInt16LE(28) & 0x3fff];
  const bits = bytes.readUInt32LE(21);
  return [1 + (bits & 0x3fff), 1 + ((bits >> 14) & 0x3fff)];
}

/** Averages source pixels when shrinking; repeats them when growing. */
function scale(source, width, height) {
  if (source.width === width && source.height === height) return source;
  const rgba = new Uint8Array(width * height * 4);
  for (let y = 0; y < height; y += 1) {
    const top = Math.floor((y * source.height) / height);
    const bottom = Math.max(top + 1, Math.floor(((y + 1) * source.height) / height));
    for (let x = 0; x < width; x += 1) {
      const left = Math.floor((x * source.width) / width);
      const right = Math.max(left + 1, Math.floor(((x + 1) * source.width) / width));
      average(source, left, right, top, bottom, rgba, (y * width + x) * 4);
    }
  }
  return { width, height, rgba };
}

function average(source, left, right, top, bottom, target, at) {
  let [r, g, b, a, count] = [0, 0, 0, 0, 0];
  for (let y = top; y < bottom; y += 1) {
    for (let x = left; x < right; x += 1) {
      const from = (y * source.width + x) * 4;
      r += source.rgba[from];
      g += source.rgba[from + 1];
      b += source.rgba[from + 2];
      a += source.rgba[from + 3];
      count += 1;
    }
  }
  target[at] = r / count;
  target[at + 1] = g / count;
  target[at + 2] = b / count;
  target[at + 3] = a / count;
}

function encodePng({ thumbnail, width, height, texts = {} }) {
  const picture = scale(thumbnail, width, height);
  const png = new PNG({ width, height });
  png.data = Buffer.from(picture.rgba.buffer, picture.rgba.byteOffset, picture.rgba.byteLength);
  return withTexts(PNG.sync.write(png, { deflateLevel: 1 }), texts);
}

function writePng({ path, ...picture }) {
  writeFileSync(path, encodePng(picture));
}

const endOfHeader = 33;

function withTexts(png, texts) {
  const chunks = Object.entries(texts).map(([key, text]) => {
    const body = Buffer.from(`tEXt${key}\0${text}`, 'latin1');
    const frame = Buffer.alloc(8);
    frame.writeUInt32BE(body.length - 4, 0);
    frame.writeUInt32BE(crc32(body), 4);
    return Buffer.concat([frame.subarray(0, 4), body, frame.subarray(4)]);
  });
  return Buffer.concat([png.subarray(0, endOfHeader), ...chunks, png.subarray(endOfHeader)]);
}

function encodeJpeg({ thumbnail, width, height, quality }) {
  const picture = scale(thumbnail, width, height);
  return jpeg.encode({ width, height, data: picture.rgba }, quality).data;
}

function replaceAlpha({ originalPath, mask, path }) {
  const original = decode(readFileSync(originalPath));
  const alpha = scale(decode(Buffer.from(mask)), original.width, original.height);
  const rgba = Uint8Array.from(original.rgba);
  for (let at = 3; at < rgba.length; at += 4) rgba[at] = alpha.rgba[at];
  writePng({ path, thumbnail: { ...original, rgba }, width: original.width, height: original.height });
}

async function writeMp4({ path, thumbnail, width, height, frames, frameRate }) {
  const picture = scale(thumbnail, width, height);
  const key = createHash('sha1')
    .update(picture.rgba)
    .update(`${width}x${height} ${frames} ${frameRate}`)
    .digest('hex');
  const bytes = videos.get(key) ?? (await encodeMp4(picture, frames, frameRate));
  videos.delete(key);
  videos.set(key, bytes);
  if (videos.size > rememberedVideos) videos.delete(videos.keys().next().value);
  writeFileSync(path, bytes);
}

async function encodeMp4(picture, frames, frameRate) {
  const encoder = await encoderModule.createH264MP4Encoder();
  try {
    Object.assign(encoder, {
      width: picture.width,
      height: picture.height,
      frameRate,
      speed: 10,
      quantizationParameter: 28,
      groupOfPictures: 24,
    });
    encoder.initialize();
    for (let frame = 0; frame < frames; frame += 1)
      encoder.addFrameRgba(withProgressBar(picture, frame / frames));
    encoder.finalize();
    return Buffer.from(encoder.FS.readFile(encoder.outputFilename));
  } finally {
    encoder.delete();
  }
}

/** The picture with a light bar growing along the bottom edge: every frame differs, the first shows the picture alone. */
function withProgressBar(picture, part) {
  if (part === 0) return picture.rgba;
  const rgba = Uint8Array.from(picture.rgba);
  const rows = Math.max(2, Math.round(picture.height / 32));
  const end = Math.round(picture.width * part);
  for (let y = picture.height - rows; y < picture.height; y += 1) {
    rgba.fill(255, y * picture.width * 4, (y * picture.width + end) * 4);
  }
  return rgba;
}
