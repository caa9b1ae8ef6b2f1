/** MP4 and MOV: `mdta` keys with their `ilst`, or the comment of old VideoHelperSuite. Matroska: SimpleTags. */
import { keep, type MediaReader, type MediaTexts, partsMax, textBytesMax } from './texts.js';

const holders = new Set(['moov', 'udta', 'meta', 'ilst']);

interface Box {
  type: string;
  /** Of a key's value: its number, from 1. */
  number: number;
  data: Buffer;
}

export const readMp4: MediaReader = (bytes) => {
  if (bytes.toString('latin1', 4, 8) !== 'ftyp') return undefined;
  const texts: MediaTexts = new Map();
  const keys: string[] = [];
  const open = boxesIn(bytes).toReversed();
  let parts = 0;
  for (let box = open.pop(); box !== undefined && parts < partsMax; box = open.pop(), parts += 1) {
    if (box.type === 'keys') keys.push(...keysOf(box.data));
    else if (holders.has(box.type)) open.push(...boxesIn(withoutVersion(box)).toReversed());
    else if (box.type === '\u00a9cmt') keepValue(texts, 'comment', box.data);
    else if (box.number <= keys.length) keepValue(texts, keys[box.number - 1] ?? '', box.data);
  }
  return texts;
};

/** `meta` of MP4 has four bytes of version and flags before its boxes, that of MOV has none. */
function withoutVersion({ type, data }: Box): Buffer {
  return type === 'meta' && data.toString('latin1', 4, 8) !== 'hdlr' ? data.subarray(4) : data;
}

function boxesIn(data: Buffer): Box[] {
  const boxes: Box[] = [];
  let at = 0;
  while (at + 8 <= data.length && boxes.length < partsMax) {
    const short = data.readUInt32BE(at);
    const isLong = short === 1 && at + 16 <= data.length;
    const head = isLong ? 16 : 8;
    const size = isLong ? Number(data.readBigUInt64BE(at + 8)) : short === 0 ? data.length - at : short;
    if (size < head) break;
    boxes.push({
      type: data.toString('latin1', at + 4, at + 8),
      number: data.readUInt32BE(at + 4),
      data: data.subarray(at + head, Math.min(data.length, at + size)),
    });
    at += size;
  }
  return boxes;
}

function keysOf(data: Buffer): string[] {
  const keys: string[] = [];
  let at = 8;
  while (at + 8 <= data.length && keys.length < 1_000) {
    const size = data.readUInt32BE(at);
    if (size < 8) break;
    keys.push(
      data
        .toString('utf8', at + 8, at + size)
        .split('.')
        .at(-1) ?? '',
    );
    at += size;
  }
  return keys;
}

/** An item of `ilst` holds a `data` box: type, locale, value. */
function keepValue(texts: MediaTexts, key: string, item: Buffer): void {
  const data = boxesIn(item).find(({ type }) => type === 'data')?.data;
  if (data && data.length <= textBytesMax) keep(texts, key, data.toString('utf8', 8));
}

const ids = {
  segment: 0x18538067,
  tags: 0x1254c367,
  tag: 0x7373,
  simpleTag: 0x67c8,
  name: 0x45a3,
  text: 0x4487,
};
const nested = new Set<number>([ids.segment, ids.tags, ids.tag]);

export const readMatroska: MediaReader = (bytes) => {
  if (bytes.length < 4 || bytes.readUInt32BE(0) !== 0x1a45dfa3) return undefined;
  const texts: MediaTexts = new Map();
  const open = elementsIn(bytes).toReversed();
  let parts = 0;
  for (
    let element = open.pop();
    element !== undefined && parts < partsMax;
    element = open.pop(), parts += 1
  ) {
    if (nested.has(element.id)) open.push(...elementsIn(element.data).toReversed());
    else if (element.id === ids.simpleTag) keepTag(texts, elementsIn(element.data));
  }
  return texts;
};

interface Element {
  id: number;
  data: Buffer;
}

function keepTag(texts: MediaTexts, parts: Element[]): void {
  const textOf = (id: number) => parts.find((part) => part.id === id)?.data.toString('utf8');
  const [name, text] = [textOf(ids.name), textOf(ids.text)];
  if (name !== undefined && text !== undefined) keep(texts, name, text);
}

function elementsIn(data: Buffer): Element[] {
  const elements: Element[] = [];
  let at = 0;
  while (at < data.length && elements.length < partsMax) {
    const id = variable(data, at, true);
    const size = id && variable(data, at + id.width, false);
    if (!id || !size) break;
    const from = at + id.width + size.width;
    // A size that is not known goes to the end of what holds it.
    const to = size.isUnknown ? data.length : Math.min(data.length, from + size.value);
    elements.push({ id: id.value, data: data.subarray(from, to) });
    at = to;
  }
  return elements;
}

/** EBML's numbers of one to eight bytes; an id keeps its marker. */
function variable(
  data: Buffer,
  at: number,
  withMarker: boolean,
): { value: number; width: number; isUnknown: boolean } | undefined {
  const first = data[at];
  if (first === undefined || first === 0) return undefined;
  const width = Math.clz32(first) - 23;
  if (at + width > data.length) return undefined;
  let value = withMarker ? first : first & (0xff >> width);
  let isUnknown = (first & (0xff >> width)) === 0xff >> width;
  for (let byte = 1; byte < width; byte += 1) {
    value = value * 256 + data[at + byte]!;
    isUnknown &&= data[at + byte] === 0xff;
  }
  return { value, width, isUnknown };
}
