/**
 * What the database says of a credential, known for a while without another query, and read once for all who wait for it. While the
 * database is away, what was known goes on counting for five minutes: nobody can end anything then.
 */
import { isDatabaseUnavailable } from '../../platform/database/index.js';

const trustedWhileAwayMs = 300_000;
const namesMax = 10_000;

export interface Known<T> {
  /** Null where there is none. */
  record: T | null;
  /** By our own monotonic clock. */
  readAtMs: number;
}

export class Remembered<T> {
  private readonly known = new Map<string, Known<T>>();
  private readonly reading = new Map<string, Promise<Known<T>>>();

  constructor(
    private readonly find: (name: string) => Promise<T | null>,
    private readonly trustedForMs: number,
  ) {}

  get isEmpty(): boolean {
    return this.known.size === 0;
  }

  /** Rejects when the database is away and the name was not seen before. */
  async of(name: string): Promise<Known<T>> {
    const known = this.known.get(name);
    return known && performance.now() - known.readAtMs < this.trustedForMs ? known : this.read(name);
  }

  /** As it was read last, however long ago. */
  last(name: string): Known<T> | undefined {
    return this.known.get(name);
  }

  /** Who asks from now on is told what the database says then. */
  forget(name: string): void {
    this.known.delete(name);
    this.reading.delete(name);
  }

  private async read(name: string): Promise<Known<T>> {
    const running = this.reading.get(name);
    if (running) return running;
    const reading = this.lookUp(name).finally(() => {
      if (this.reading.get(name) === reading) this.reading.delete(name);
    });
    this.reading.set(name, reading);
    return reading;
  }

  private async lookUp(name: string): Promise<Known<T>> {
    const readAtMs = performance.now();
    try {
      const known = { record: await this.find(name), readAtMs };
      this.keep(name, known);
      return known;
    } catch (error) {
      const before = this.known.get(name);
      if (before && isDatabaseUnavailable(error) && readAtMs - before.readAtMs < trustedWhileAwayMs)
        return before;
      throw error;
    }
  }

  /** Whoever guesses names must not fill the memory. */
  private keep(name: string, known: Known<T>): void {
    this.known.delete(name);
    this.known.set(name, known);
    const [oldest] = this.known.keys();
    if (this.known.size > namesMax && oldest !== undefined) this.known.delete(oldest);
  }
}
