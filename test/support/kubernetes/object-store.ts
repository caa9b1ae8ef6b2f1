/**
 * What an API server keeps: objects, one version counter for all of them, and the changes since the last compaction.
 * Checked against kube-apiserver 1.36: a deleted object has the version of its deletion, an object that leaves a selector
 * is told as deleted, and a version that was compacted away answers 410.
 */
import { randomUUID } from 'node:crypto';

export interface KubeObject {
  kind: string;
  apiVersion: string;
  metadata: {
    name: string;
    namespace: string;
    uid: string;
    resourceVersion: string;
    labels?: Record<string, string>;
    [more: string]: unknown;
  };
  [more: string]: unknown;
}

export interface Change {
  version: number;
  type: 'ADDED' | 'MODIFIED' | 'DELETED';
  object: KubeObject;
  before?: KubeObject;
}

export interface NewObject {
  kind: string;
  apiVersion: string;
  metadata: { name: string; namespace: string; labels?: Record<string, string>; [more: string]: unknown };
  [more: string]: unknown;
}

export class ObjectStore {
  version = 100;
  /** Changes up to here are forgotten. */
  compactedAt = 0;
  private readonly objects = new Map<string, KubeObject>();
  private changes: Change[] = [];
  private readonly listeners = new Set<() => void>();

  /** Creates or replaces; the uid stays when the name does. */
  put(object: NewObject): KubeObject {
    const key = keyOf(object);
    const before = this.objects.get(key);
    this.version += 1;
    const stored: KubeObject = {
      ...object,
      metadata: {
        ...object.metadata,
        uid: (object.metadata['uid'] as string | undefined) ?? before?.metadata.uid ?? randomUUID(),
        resourceVersion: String(this.version),
      },
    };
    this.objects.set(key, stored);
    this.note({
      version: this.version,
      type: before ? 'MODIFIED' : 'ADDED',
      object: stored,
      ...(before && { before }),
    });
    return stored;
  }

  delete(object: { kind: unknown; metadata: { namespace: string; name: string } }): void {
    const before = this.objects.get(keyOf(object));
    if (!before) return;
    this.objects.delete(keyOf(object));
    this.version += 1;
    const last = { ...before, metadata: { ...before.metadata, resourceVersion: String(this.version) } };
    this.note({ version: this.version, type: 'DELETED', object: last, before });
  }

  /** Forgets all changes so far: whoever asks to go on from an earlier version gets 410. */
  compact(): void {
    this.compactedAt = this.version;
    this.changes = [];
  }

  list(kind: string, namespace: string): KubeObject[] {
    return [...this.objects.values()]
      .filter((object) => object.kind === kind && object.metadata.namespace === namespace)
      .toSorted((one, other) => (one.metadata.name < other.metadata.name ? -1 : 1));
  }

  since(version: number): Change[] {
    return this.changes.filter((change) => change.version > version);
  }

  onChange(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => void this.listeners.delete(listener);
  }

  private note(change: Change): void {
    this.changes.push(change);
    for (const listener of this.listeners) listener();
  }
}

const keyOf = ({
  kind,
  metadata,
}: {
  kind: unknown;
  metadata: { namespace: string; name: string };
}): string => `${String(kind)} ${metadata.namespace}/${metadata.name}`;
