/** Where output goes. Results are on standard output; progress, questions and errors are on standard error. */
import process from 'node:process';
import { safe, safeJson } from './safe-text.js';

export class Screen {
  private hasBar = false;

  constructor(readonly isJson: boolean) {}

  get isTerminal(): boolean {
    return process.stdout.isTTY;
  }

  get columns(): number {
    return process.stdout.isTTY ? process.stdout.columns : 1_000;
  }

  /** Lines that are safe already. */
  lines(lines: readonly string[]): void {
    if (lines.length > 0) process.stdout.write(`${lines.join('\n')}\n`);
  }

  json(value: unknown): void {
    this.jsonText(JSON.stringify(value, null, 2));
  }

  /** JSON with numbers that JavaScript would round. */
  jsonText(text: string): void {
    process.stdout.write(`${safeJson(text)}\n`);
  }

  /** One line of JSON for each event. */
  jsonLine(value: unknown): void {
    process.stdout.write(`${safeJson(JSON.stringify(value))}\n`);
  }

  /** For the person at the terminal; nothing for programs. */
  note(text: string): void {
    this.endBar();
    process.stderr.write(`${safe(text)}\n`);
  }

  raw(text: string): void {
    process.stdout.write(text);
  }

  bar(percent: number, label: string): void {
    if (this.isJson || !process.stderr.isTTY) return;
    const width = Math.max(10, Math.min(40, (process.stderr.columns || 80) - 30));
    const done = Math.round((Math.min(100, Math.max(0, percent)) / 100) * width);
    const bar = `${'█'.repeat(done)}${'░'.repeat(width - done)}`;
    this.hasBar = true;
    process.stderr.write(
      `\r\u001b[K${bar} ${String(Math.floor(percent)).padStart(3)} %  ${safe(label).slice(0, 40)}`,
    );
  }

  endBar(): void {
    if (this.hasBar) process.stderr.write('\r\u001b[K');
    this.hasBar = false;
  }
}
