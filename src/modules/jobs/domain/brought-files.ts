/** Files that several jobs of one request name: each is brought here once, not once for each job. */
export class BroughtFiles {
  private readonly known = new Map<string, Map<unknown, Promise<string>>>();

  /** `given` stands for the file as the caller gave it, `as` for what it must be. Answers what `bring` does: its SHA-256. */
  async once(given: unknown, as: string, bring: () => Promise<string>): Promise<string> {
    const files = this.known.get(as) ?? new Map<unknown, Promise<string>>();
    this.known.set(as, files);
    const key = keyOf(given);
    const file = files.get(key) ?? bring();
    files.set(key, file);
    return file;
  }
}

/** Bytes in the request are told by the very object, which the jobs of a sweep share; all else by what it says. */
const keyOf = (given: unknown): unknown =>
  typeof given === 'object' && given !== null && !('base64' in given) ? JSON.stringify(given) : given;
