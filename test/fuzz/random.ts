/** Numbers, texts and JSON of a seed, as hostile as they come. */
export class Random {
  constructor(private state: number) {}

  /** From 0 to below 1 (mulberry32). */
  next(): number {
    this.state = (this.state + 0x6d2b79f5) | 0;
    let t = Math.imul(this.state ^ (this.state >>> 15), 1 | this.state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  }

  below(limit: number): number {
    return Math.floor(this.next() * limit);
  }

  chance(probability: number): boolean {
    return this.next() < probability;
  }

  pick<T>(values: readonly T[]): T {
    return values[this.below(values.length)]!;
  }

  /** Any UTF-16, mostly short. */
  text(): string {
    const kind = this.below(8);
    if (kind === 0) return this.pick(knownTexts);
    if (kind === 1) return this.pick(knownTexts).repeat(1 + this.below(3_000));
    const units = Array.from({ length: this.below(40) }, () => this.unit());
    return units.join('');
  }

  /** The text of a JSON number that some reader takes for something else. */
  number(): string {
    return this.pick(numbers);
  }

  /** `text` with up to three of its strings and numbers replaced; `spared` are left alone. */
  mutate(text: string, spared?: RegExp): string {
    const leaves = [...text.matchAll(/"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?/g)].filter(
      ([leaf]) => !spared?.test(leaf),
    );
    if (leaves.length === 0) return text;
    const chosen = Array.from({ length: 1 + this.below(3) }, () => this.pick(leaves));
    const inOrder = [...new Set(chosen)].toSorted((a, b) => b.index - a.index);
    return inOrder.reduce((said, leaf) => {
      const lie = leaf[0].startsWith('"') ? JSON.stringify(this.text()) : this.number();
      return said.slice(0, leaf.index) + lie + said.slice(leaf.index + leaf[0].length);
    }, text);
  }

  private unit(): string {
    const kind = this.below(4);
    if (kind === 0) return String.fromCharCode(this.below(0x20));
    if (kind === 1) return String.fromCharCode(0xd800 + this.below(0x800));
    return String.fromCharCode(kind === 2 ? 0x20 + this.below(0x60) : this.below(0x10000));
  }
}

const knownTexts = [
  '',
  '\0',
  '\ud800',
  '\udfff\ud800',
  '../../etc/passwd',
  'a/../b',
  "'; DROP TABLE job; --",
  '__proto__',
  'constructor',
  '%00',
  '%zz',
  '\r\nX: y',
  '日本語',
  '\u202e',
  '🎬',
  'NaN',
  '{"a":1}',
  '<script>',
];

const numbers = [
  '1e400',
  '-1e400',
  '1e308',
  '-1e308',
  '4.9e-324',
  '-0',
  '0',
  '-1',
  '2147483648',
  '9007199254740993',
  '18446744073709551615',
  '99999999999999999999999999999999999999',
  '0.1',
];
