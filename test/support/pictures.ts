/** Pictures of one colour, and the colour that a video begins with. */
import { H264Decoder } from 'h264decoder';
import { PNG } from 'pngjs';
import { readMp4 } from './mp4.js';

/** Red, green, blue, each 0–255. */
export type Colour = readonly [number, number, number];

export function solidPng(colour: Colour, { width = 64, height = 36 } = {}): Buffer {
  const png = new PNG({ width, height });
  for (let at = 0; at < png.data.length; at += 4) png.data.set([...colour, 255], at);
  return PNG.sync.write(png);
}

/** Mean colour of the first frame, decoded from the coded bytes. */
export function firstFrameColour(mp4: Buffer): Colour {
  const { parameterSets, firstFrame } = readMp4(mp4);
  const decoder = new H264Decoder();
  let status = H264Decoder.RDY;
  for (const unit of [...parameterSets, ...firstFrame]) {
    status = decoder.decode(annexB(unit));
    // The decoder stops at new headers without having read the unit that made them valid.
    if (status === H264Decoder.HDRS_RDY) status = decoder.decode(annexB(unit));
  }
  if (status !== H264Decoder.PIC_RDY) throw new Error(`the first frame cannot be decoded: ${status}`);
  return meanColour(decoder.pic, decoder.width * decoder.height);
}

/** Greatest difference in one channel. */
export function colourDistance(one: Colour, other: Colour): number {
  return Math.max(...one.map((value, channel) => Math.abs(value - (other[channel] ?? 0))));
}

const annexB = (unit: Buffer): Buffer => Buffer.concat([Buffer.from([0, 0, 0, 1]), unit]);

/** From planar YUV 4:2:0 in BT.601 studio range. */
function meanColour(planes: Uint8Array, pixels: number): Colour {
  const luma = 1.164 * (mean(planes.subarray(0, pixels)) - 16);
  const blue = mean(planes.subarray(pixels, pixels * 1.25)) - 128;
  const red = mean(planes.subarray(pixels * 1.25, pixels * 1.5)) - 128;
  return [luma + 1.596 * red, luma - 0.392 * blue - 0.813 * red, luma + 2.017 * blue];
}

const mean = (values: Uint8Array): number =>
  values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);
