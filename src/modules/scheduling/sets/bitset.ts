/** A set of small integers; membership is one shift, and an intersection costs one step per 32 members. */
export class Bitset {
  words = new Uint32Array(2);

  has(index: number): boolean {
    const at = index >>> 5;
    return at < this.words.length && (this.words[at]! & (1 << (index & 31))) !== 0;
  }

  add(index: number): void {
    const at = index >>> 5;
    if (at >= this.words.length) this.grow(at + 1);
    this.words[at]! |= 1 << (index & 31);
  }

  delete(index: number): void {
    const at = index >>> 5;
    if (at < this.words.length) this.words[at]! &= ~(1 << (index & 31));
  }

  set(index: number, member: boolean): void {
    if (member) this.add(index);
    else this.delete(index);
  }

  /** Calls `visit` for each member of both sets, least first. */
  forEachCommon(other: Bitset, visit: (index: number) => void): void {
    const length = Math.min(this.words.length, other.words.length);
    for (let at = 0; at < length; at += 1) {
      let word = this.words[at]! & other.words[at]!;
      while (word !== 0) {
        const low = word & -word;
        visit((at << 5) + (31 - Math.clz32(low)));
        word ^= low;
      }
    }
  }

  private grow(words: number): void {
    const grown = new Uint32Array(Math.max(words, this.words.length * 2));
    grown.set(this.words);
    this.words = grown;
  }
}
