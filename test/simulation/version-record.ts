import { checkWorkflow, type WorkflowDefinition } from '../../src/modules/workflows/index.js';

/** A replica knows less than this long what a channel pointed at before: its loop, and reads that fail. */
export const staleMaxMs = 20_000;

interface Pointed {
  hash: string;
  untilMs: number;
}

/** The tables of versions and channels, and those of templates, as all replicas see them. */
export class VersionRecord {
  readonly texts = new Map<string, { name: string; text: string }>();
  readonly templates = new Map<string, string>();
  private readonly channels = new Map<string, { name: string; channel: string; hash: string }>();
  private readonly past = new Map<string, Pointed[]>();

  point(name: string, channel: string, hash: string, nowMs: number): void {
    const key = `${name}@${channel}`;
    const before = this.channels.get(key);
    if (before) this.past.set(key, [...(this.past.get(key) ?? []), { hash: before.hash, untilMs: nowMs }]);
    this.channels.set(key, { name, channel, hash });
  }

  rows() {
    return [...this.channels.values()];
  }

  /** Whether a replica may believe that the channel points there. */
  mayBelieve(name: string, channel: string, hash: string, nowMs: number): boolean {
    const key = `${name}@${channel}`;
    if (this.channels.get(key)?.hash === hash) return true;
    return (this.past.get(key) ?? []).some((old) => old.hash === hash && nowMs - old.untilMs < staleMaxMs);
  }
}

/** What it makes is named after it. */
export function definitionOf(name: string, prefix: string): WorkflowDefinition {
  const graph = {
    '1': { class_type: 'EmptyImage', inputs: { width: 32, height: 32, batch_size: 1, color: 0 } },
    '2': { class_type: 'SaveImage', inputs: { filename_prefix: prefix, images: ['1', 0] } },
  };
  const inputs = { colour: { type: 'integer', default: 0, targets: [{ node: '1', field: 'color' }] } };
  const manifest = { name, title: name, inputs, outputs: [{ node: '2', kind: 'image' }] };
  const checked = checkWorkflow({ name, manifest, graph });
  if (!checked.ok) throw new Error(JSON.stringify(checked.faults));
  return checked.definition;
}
