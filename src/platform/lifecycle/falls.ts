/**
 * How often a process of this data folder fell into the last net. Kept in a file, since the process that counts is at its end: what
 * is scraped is the next one. A folder that takes no file loses the count, nothing else.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export class Falls {
  private readonly path: string;

  constructor(private readonly folder: string) {
    this.path = join(folder, 'falls');
  }

  get count(): number {
    try {
      const kept = Number(readFileSync(this.path, 'utf8'));
      return Number.isSafeInteger(kept) && kept > 0 ? kept : 0;
    } catch {
      return 0;
    }
  }

  /** At the end of a process nothing may be put off. */
  add(): void {
    try {
      mkdirSync(this.folder, { recursive: true });
      writeFileSync(this.path, `${this.count + 1}\n`);
    } catch {
      return;
    }
  }
}
