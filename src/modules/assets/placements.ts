/**
 * Which files were put on which node, and under which name.
 *
 * Guarantees: of simultaneous requests for one file on one node one sends and all get its answer; a failed transfer is
 * forgotten; memory is bounded, the longest known being forgotten first; a closed client's entries go with it.
 */
const maxFilesPerNode = 10_000;

export class Placements {
  private byNode = new WeakMap<object, Map<string, Promise<string>>>();

  async once(node: object, sha256: string, send: () => Promise<string>): Promise<string> {
    const known = this.byNode.get(node) ?? new Map<string, Promise<string>>();
    this.byNode.set(node, known);
    const earlier = known.get(sha256);
    if (earlier !== undefined) return earlier;
    const sending = send();
    known.set(sha256, sending);
    sending.catch(() => known.get(sha256) === sending && known.delete(sha256));
    const [oldest] = known.keys();
    if (known.size > maxFilesPerNode && oldest !== undefined) known.delete(oldest);
    return sending;
  }

  forget(node: object): void {
    this.byNode.delete(node);
  }
}
