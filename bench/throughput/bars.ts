/** A plot of horizontal bars: figures of one kind, beside each other. */
import { escaped } from '../../test/support/svg.js';

export interface Bar {
  name: string;
  value: number;
}

const left = 270;
const right = 90;
const barHeight = 18;
const step = 26;
const top = 44;
const plotWidth = 500;

export function barsSvg(title: string, unit: string, bars: readonly Bar[]): string {
  const most = Math.max(...bars.map(({ value }) => value), Number.MIN_VALUE);
  const [width, height] = [left + plotWidth + right, top + bars.length * step + 12];
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="sans-serif" font-size="13">`,
    `<rect width="${width}" height="${height}" fill="#ffffff"/>`,
    `<text x="12" y="26" font-size="15">${escaped(title)}</text>`,
    ...bars.map((bar, at) => barOf(bar, top + at * step, most, unit)),
    '</svg>',
    '',
  ].join('\n');
}

function barOf({ name, value }: Bar, y: number, most: number, unit: string): string {
  const length = Math.max(1, Math.round((plotWidth * value) / most));
  const baseline = y + barHeight - 5;
  return [
    `<text x="${left - 8}" y="${baseline}" text-anchor="end">${escaped(name.replaceAll('`', ''))}</text>`,
    `<rect x="${left}" y="${y}" width="${length}" height="${barHeight}" fill="#14804a"/>`,
    `<text x="${left + length + 6}" y="${baseline}">${Number(value.toPrecision(3))} ${escaped(unit)}</text>`,
  ].join('');
}
