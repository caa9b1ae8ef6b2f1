/** A panel with its series as SVG: not Grafana's picture, but what can be read off it: names, units, values, thresholds, and whether there is anything. */
import { escaped } from '../svg.js';
import type { Panel } from './dashboards.js';
import { withUnit } from './units.js';

export interface Series {
  name: string;
  /** Seconds since 1970 and value; none that is not a number. */
  points: readonly (readonly [number, number])[];
}

const width = 720;
const height = 320;
const left = 80;
const right = width - 20;
const top = 44;
const bottom = 220;
const namesMax = 8;
const colours = [
  '#73bf69',
  '#f2cc0c',
  '#5794f2',
  '#ff9830',
  '#f2495c',
  '#b877d9',
  '#37872d',
  '#8ab8ff',
  '#c4a000',
  '#ad0317',
];
const named: Readonly<Record<string, string>> = { green: '#73bf69', orange: '#ff9830', red: '#f2495c' };

export const svgOf = (panel: Panel, series: readonly Series[]): string =>
  [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" font-family="sans-serif" font-size="12" fill="#ccccdc">`,
    `<rect width="${width}" height="${height}" fill="#181b1f"/>`,
    text(16, 24, panel.title, 'font-size="15"'),
    ...bodyOf(panel, series),
    '</svg>',
  ].join('\n');

function bodyOf(panel: Panel, series: readonly Series[]): string[] {
  if (series.length === 0) return [text(width / 2, height / 2, 'No data', 'text-anchor="middle"')];
  switch (panel.type) {
    case 'stat':
      return stat(panel, series);
    case 'state-timeline':
      return timeline(panel, series);
    case 'alertlist':
      return series.slice(0, 14).map(({ name }, at) => text(24, 60 + at * 18, name));
    case 'timeseries':
      return lines(panel, series);
  }
}

function stat({ unit, thresholds }: Panel, series: readonly Series[]): string[] {
  return series.flatMap(({ name, points }, at) => {
    const x = (width * (at + 1)) / (series.length + 1);
    const value = points.at(-1)![1];
    return [
      text(
        x,
        height / 2 + 16,
        withUnit(value, unit),
        `font-size="56" text-anchor="middle" fill="${colourAt(value, thresholds)}"`,
      ),
      text(x, height / 2 + 48, name, 'font-size="16" text-anchor="middle"'),
    ];
  });
}

function timeline({ thresholds }: Panel, series: readonly Series[]): string[] {
  const x = timeScale(series);
  const rowHeight = Math.min(28, (bottom - top) / series.length);
  return [
    ...timeAxis(series, x),
    ...series.flatMap(({ name, points }, row) => {
      const y = top + row * rowHeight;
      const stepS = points.length > 1 ? points[1]![0] - points[0]![0] : 1;
      return [
        ...points.map(
          ([atS, value]) =>
            `<rect x="${px(x(atS))}" y="${px(y + 2)}" width="${px(x(atS + stepS) - x(atS) + 0.5)}" height="${px(rowHeight - 4)}" fill="${colourAt(value, thresholds)}"/>`,
        ),
        text(left - 8, y + rowHeight / 2 + 4, name, 'text-anchor="end"'),
      ];
    }),
  ];
}

function lines({ unit, thresholds }: Panel, series: readonly Series[]): string[] {
  const x = timeScale(series);
  const values = series.flatMap(({ points }) => points.map(([, value]) => value));
  const [low, high] = [Math.min(0, ...values), Math.max(...values)];
  const most = high > low ? high : low + 1;
  const y = (value: number): number => bottom - ((value - low) / (most - low)) * (bottom - top);
  const ticks = [0, 1, 2, 3, 4].map((at) => low + ((most - low) * at) / 4);
  return [
    ...ticks.flatMap((value) => [
      `<line x1="${left}" x2="${right}" y1="${px(y(value))}" y2="${px(y(value))}" stroke="#2c3235"/>`,
      text(left - 8, y(value) + 4, withUnit(value, unit), 'text-anchor="end"'),
    ]),
    ...timeAxis(series, x),
    ...thresholds.flatMap(({ color, value }) =>
      value === null || value > most
        ? []
        : `<line x1="${left}" x2="${right}" y1="${px(y(value))}" y2="${px(y(value))}" stroke="${named[color] ?? color}" stroke-dasharray="4"/>`,
    ),
    ...series.flatMap(({ points }, at) => line(points, x, y, colourOf(at))),
    ...legend(series, unit),
  ];
}

/** A single sample has no line, but a dot. */
function line(
  points: Series['points'],
  x: (atS: number) => number,
  y: (value: number) => number,
  colour: string,
): string[] {
  const at = points.map(([atS, value]) => `${px(x(atS))},${px(y(value))}`);
  const [atS, value] = points.at(-1)!;
  return [
    `<polyline fill="none" stroke="${colour}" stroke-width="2" points="${at.join(' ')}"/>`,
    `<circle cx="${px(x(atS))}" cy="${px(y(value))}" r="2.5" fill="${colour}"/>`,
  ];
}

function legend(series: readonly Series[], unit: string): string[] {
  const shown = series.slice(0, namesMax);
  const entries = shown.flatMap(({ name, points }, at) => {
    const [x, y] = [left + (at % 2) * 310, bottom + 44 + Math.floor(at / 2) * 13];
    return [
      `<rect x="${x}" y="${y - 8}" width="12" height="4" fill="${colourOf(at)}"/>`,
      text(x + 18, y, `${name} ${withUnit(points.at(-1)![1], unit)}`, 'font-size="11"'),
    ];
  });
  const rest = series.length - shown.length;
  return rest === 0 ? entries : [...entries, text(left, height - 4, `and ${rest} more`, 'font-size="11"')];
}

function timeScale(series: readonly Series[]): (atS: number) => number {
  const times = series.flatMap(({ points }) => points.map(([atS]) => atS));
  const [first, last] = [Math.min(...times), Math.max(...times)];
  return (atS) => left + ((atS - first) / Math.max(1, last - first)) * (right - left);
}

function timeAxis(series: readonly Series[], x: (atS: number) => number): string[] {
  const times = series.flatMap(({ points }) => points.map(([atS]) => atS));
  return [...new Set([Math.min(...times), Math.max(...times)])].map((atS) =>
    text(x(atS), bottom + 18, new Date(atS * 1000).toISOString().slice(11, 19), 'text-anchor="middle"'),
  );
}

function colourAt(value: number, thresholds: Panel['thresholds']): string {
  const step = thresholds.findLast(({ value: from }) => from === null || value >= from);
  return step === undefined ? colours[0]! : (named[step.color] ?? step.color);
}

const colourOf = (at: number): string => colours[at % colours.length]!;
const px = (value: number): string => value.toFixed(1);
const text = (x: number, y: number, words: string, more = ''): string =>
  `<text x="${px(x)}" y="${px(y)}" ${more}>${escaped(words)}</text>`;
