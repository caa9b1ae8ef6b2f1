/** A raw graph may hold a file where the name of one stands: the file is brought here, and a name put in its place. */
import { Inject, Injectable } from '@nestjs/common';
import { Fault } from '../../../../platform/fault.js';
import { inTurns } from '../../../../platform/turns/index.js';
import { type Graph, isPause, type RawInput, rawInputsOf, type Steps } from '../../../comfyui/index.js';
import { ClusterInventory } from '../../../nodes/index.js';
import { isDataUri, isMediaObject, readMedia } from '../../../workflows/index.js';
import type { CallerFiles } from './graph-intake.js';
import { BroughtFiles } from '../../domain/brought-files.js';
import { InputFiles } from '../input-files.js';

const filesMax = 100;

export interface GraphWithFiles extends CallerFiles {
  graph: unknown;
  /** One that was just brought here, or the newest upload. */
  find: CallerFiles['find'];
}

interface Place extends RawInput {
  nodeClass: string;
}

interface NamedPlace extends Place {
  sha256: string;
}

@Injectable()
export class GraphFiles {
  constructor(
    @Inject(InputFiles) private readonly files: InputFiles,
    @Inject(ClusterInventory) private readonly inventory: ClusterInventory,
  ) {}

  /** The graph itself is left as it is; `brought` is shared by the jobs of one request. Fault invalid_graph, by node and input. */
  async take(graph: unknown, brought = new BroughtFiles()): Promise<GraphWithFiles> {
    const byName = new Map<string, { sha256: string }>();
    const named: NamedPlace[] = [];
    for (const place of await inTurns(this.placesIn(graph))) {
      const sha256 = await this.fileAt(place, brought);
      named.push({ ...place, sha256 });
      byName.set(sha256, { sha256 });
    }
    return {
      graph: replaced(graph, named),
      find: async (name) => byName.get(name) ?? this.files.upload(name),
    };
  }

  /** For who only asks: nothing is fetched or kept, and a name stands for each file. */
  async withStandIns(graph: unknown): Promise<unknown> {
    const places = await inTurns(this.placesIn(graph));
    return replaced(
      graph,
      places.map((place) => ({ ...place, sha256: 'to come' })),
    );
  }

  private *placesIn(graph: unknown): Steps<Place[]> {
    const places: Place[] = [];
    let count = 0;
    for (const place of rawInputsOf(graph)) {
      if (isPause(count++)) yield undefined;
      if (!isOfClass(place)) continue;
      if (isMediaObject(place.value) || this.isUpload(place)) places.push(place);
      if (places.length > filesMax)
        throw new Fault('invalid_graph', `a graph may hold ${filesMax} files at most`);
    }
    return places;
  }

  private async fileAt({ nodeId, field, nodeClass, value }: Place, brought: BroughtFiles): Promise<string> {
    const refuse = (message: string, cause?: unknown): never => {
      throw new Fault('invalid_graph', 'the graph cannot be run', [{ nodeId, field, message }], { cause });
    };
    const read = readMedia(value);
    if (!read.ok) return refuse(read.message);
    try {
      const accept = nodeClass.startsWith('LoadImage') ? 'image' : 'media';
      return await brought.once(value, accept, async () => this.files.take(read.media, accept));
    } catch (error) {
      if (error instanceof Fault && error.status < 500) return refuse(error.message, error);
      throw error;
    }
  }

  /** A text is a file only where a node would take the name of one: others may want a data: URI themselves. */
  private isUpload({ nodeId, field, nodeClass, value }: Place): boolean {
    if (typeof value !== 'string' || !isDataUri(value)) return false;
    const alone: Graph = { [nodeId]: { class_type: nodeClass, inputs: { [field]: value } } };
    return this.inventory.requirementsOf(alone).images.length > 0;
  }
}

const isOfClass = (input: RawInput): input is Place => typeof input.nodeClass === 'string';

/** Nodes without a file are those of the graph itself. */
function replaced(graph: unknown, named: readonly NamedPlace[]): unknown {
  if (named.length === 0) return graph;
  const copy = { ...(graph as Record<string, { inputs: Record<string, unknown> }>) };
  for (const { nodeId, field, sha256 } of named) {
    const node = copy[nodeId]!;
    copy[nodeId] = { ...node, inputs: { ...node.inputs, [field]: sha256 } };
  }
  return copy;
}
