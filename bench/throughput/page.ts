/** The tables of docs/performance.md, told as they grow. */
import { readFileSync, writeFileSync } from 'node:fs';
import type { Cost } from './meters.js';
import type { Answers } from './scene.js';

const marks = ['<!-- measured -->', '<!-- measured until here -->'] as const;

export class Page {
  private readonly lines: string[] = [];

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

  /** Between the marks of the page; the rest is written by hand. */
  write(path: string | URL): void {
    const text = readFileSync(path, 'utf8');
    const [before = ''] = text.split(marks[0]);
    const [, after = '\n'] = text.split(marks[1]);
    writeFileSync(path, `${before}${marks[0]}\n\n${this.lines.join('\n')}\n\n${marks[1]}${after}`);
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
