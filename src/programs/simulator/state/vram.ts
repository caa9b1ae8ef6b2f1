/** Models on the simulated card: the least recently used leave when a new one does not fit. */
export class Vram {
  private readonly resident = new Map<string, number>();

  constructor(private readonly capacity: { models: number } | { bytes: number }) {}

  /** Marks the model as used now; false when it has to be loaded first. */
  touch(key: string): boolean {
    const bytes = this.resident.get(key);
    if (bytes === undefined) return false;
    this.resident.delete(key);
    this.resident.set(key, bytes);
    return true;
  }

  add(key: string, bytes: number): void {
    this.resident.set(key, bytes);
    while (this.resident.size > 1 && this.isOver())
      this.resident.delete(this.resident.keys().next().value as string);
  }

  clear(): void {
    this.resident.clear();
  }

  get usedBytes(): number {
    return [...this.resident.values()].reduce((sum, bytes) => sum + bytes, 0);
  }

  private isOver(): boolean {
    return 'models' in this.capacity
      ? this.resident.size > this.capacity.models
      : this.usedBytes > this.capacity.bytes;
  }
}
