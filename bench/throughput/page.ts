/** The tables of docs/performance.md, told as they grow. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Bar, barsSvg } from './bars.js';
import type { Cost } from './meters.js';
import type { Answers } from './scene.js';

export class Page {
  private readonly lines: string[] = [];
  private readonly plots = new Map<string, string>();

  /** `part` names the marks between which its tables stand. */
  constructor(private readonly part: string) {}

  say(line: string): void {
    this.lines.push(line);
    process.stdout.write(`${line}\n`);
  }

  table(...columns: string[]): void {
    this.say('');
    this.row(...columns);
    this.row(...columns.map(() => '---'));
  }

  row(...cells: string[]): void {
    this.say(`| ${cells.join(' | ')} |`);
  }

  /** A file beside the page, in the folder `performance`. */
  plot(file: string, title: string, unit: string, bars: readonly Bar[]): void {
    this.plots.set(file, barsSvg(title, unit, bars));
    this.say(`\n![${title}](performance/${file})`);
  }

  /** Between the marks of the page, docs/performance.md or BENCH_PAGE; the rest is written by hand. */
  write(): void {
    const path =
      process.env['BENCH_PAGE'] ?? fileURLToPath(new URL('../../docs/performance.md', import.meta.url));
    const [begin, end] = [`<!-- ${this.part} -->`, `<!-- ${this.part} until here -->`];
    const text = readFileSync(path, 'utf8');
    const [before = ''] = text.split(begin);
    const [, after = '\n'] = text.split(end);
    writeFileSync(path, `${before}${begin}\n\n${this.lines.join('\n')}\n\n${end}${after}`);
    mkdirSync(join(dirname(path), 'performance'), { recursive: true });
    for (const [file, svg] of this.plots) writeFileSync(join(dirname(path), 'performance', file), svg);
  }
}

export const ms = (value: number): string => value.toFixed(value < 10 ? 1 : 0);
const each = (sum: number, count: number): string => (sum / Math.max(1, count)).toFixed(2);

export const answersOf = ({ perSecond, p50Ms, p99Ms }: Answers): string[] => [
  perSecond.toFixed(0),
  ms(p50Ms),
  ms(p99Ms),
];

export const costsOf = (cost: Cost, count: number): string[] =>
  [cost.serviceCpuMs, cost.postgresCpuMs, cost.statements, cost.flushes].map((value) => each(value, count));
