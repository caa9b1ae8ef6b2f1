/** Share of jobs that wait longer than a time, both on log scales: the tail is where policies differ. */
import type { PolicyResult } from './experiment.js';

const width = 880;
const height = 520;
const left = 70;
const right = 150;
const top = 50;
const bottom = 60;
const minShare = 0.001;
const minWaitS = 1;
const colours: Readonly<Record<PolicyResult['policy'], string>> = {
  'least-expected-wait': '#8c564b',
  'earliest-finish': '#17becf',
  'round-robin': '#8c8c8c',
  'least-queue': '#c46a1b',
  'power-of-two': '#b59a00',
  'central-fifo': '#7a4fb5',
  'swarmui-like': '#2f7ec0',
  ours: '#14804a',
};

export function toSvg(trace: string, results: readonly PolicyResult[]): string {
  const longest = Math.max(...results.flatMap((result) => result.waitQuantilesS), 10);
  const maxWaitS = 10 ** Math.ceil(Math.log10(longest));
  const x = (waitS: number) => scale(waitS, minWaitS, maxWaitS, left, width - right);
  const y = (share: number) => scale(share, minShare, 1, height - bottom, top);
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="sans-serif" font-size="13">`,
    `<rect width="${width}" height="${height}" fill="#ffffff"/>`,
    `<text x="${left}" y="28" font-size="16">${trace}: share of jobs that wait longer than a time</text>`,
    ...decades(minWaitS, maxWaitS).map((waitS) =>
      gridLine(x(waitS), top, x(waitS), height - bottom, `${waitS} s`),
    ),
    ...decades(minShare, 1).map((share) =>
      gridLine(left, y(share), width - right, y(share), `${share * 100} %`),
    ),
    ...results.map((result) => curve(result, x, y)),
    ...results.map((result, at) => legend(result, at)),
    '</svg>',
    '',
  ].join('\n');
}

function scale(value: number, low: number, high: number, from: number, to: number): number {
  const clamped = Math.min(high, Math.max(low, value));
  return from + ((to - from) * Math.log(clamped / low)) / Math.log(high / low);
}

function decades(low: number, high: number): number[] {
  const first = Math.round(Math.log10(low));
  return Array.from({ length: Math.round(Math.log10(high)) - first + 1 }, (_, at) =>
    Number(`1e${first + at}`),
  );
}

function gridLine(x1: number, y1: number, x2: number, y2: number, label: string): string {
  const vertical = x1 === x2;
  const line = `<line x1="${px(x1)}" y1="${px(y1)}" x2="${px(x2)}" y2="${px(y2)}" stroke="#dddddd"/>`;
  const text = vertical
    ? `<text x="${px(x1)}" y="${height - bottom + 20}" text-anchor="middle">${label}</text>`
    : `<text x="${left - 8}" y="${px(y1 + 4)}" text-anchor="end">${label}</text>`;
  return line + text;
}

function curve(
  { policy, waitQuantilesS }: PolicyResult,
  x: (waitS: number) => number,
  y: (share: number) => number,
) {
  const points = waitQuantilesS.map(
    (waitS, at) => `${px(x(waitS))},${px(y(1 - (at + 1) / waitQuantilesS.length))}`,
  );
  const stroke = policy === 'ours' ? 3 : 1.5;
  return `<polyline fill="none" stroke="${colours[policy]}" stroke-width="${stroke}" points="${points.join(' ')}"/>`;
}

function legend({ policy }: PolicyResult, at: number): string {
  const [x, y] = [width - right + 16, top + 12 + at * 22];
  const line = `<line x1="${x}" y1="${y - 4}" x2="${x + 20}" y2="${y - 4}" stroke="${colours[policy]}" stroke-width="3"/>`;
  return `${line}<text x="${x + 26}" y="${y}">${policy}</text>`;
}

function px(value: number): string {
  return value.toFixed(1);
}
