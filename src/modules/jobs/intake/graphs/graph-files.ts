/** A raw graph may hold a file where the name of one stands: the file is brought here, and a name put in its place. */
import { Inject, Injectable } from '@nestjs/common';
import { Fault } from '../../../../platform/fault.js';
import { type Graph, isJsonObject } from '../../../comfyui/index.js';
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

interface Place {
  nodeId: string;
  field: string;
  nodeClass: string;
  value: unknown;
}

@Injectable()
export class GraphFiles {
  constructor(
    @Inject(InputFiles) private readonly files: InputFiles,
    @Inject(ClusterInventory) private readonly inventory: ClusterInventory,
  ) {}

  /** The graph itself is left as it is; `brought` is shared by the jobs of one request. Fault invalid_graph, by node and input. */
  async take(graph: unknown, brought = new BroughtFiles()): Promise<GraphWithFiles> {
    const places = this.placesIn(graph);
    if (places.length > filesMax)
      throw new Fault('invalid_graph', `a graph may hold ${filesMax} files at most`);
    const byName = new Map<string, { sha256: string }>();
    const names = new Map<string, string>();
    for (const place of places) {
      const sha256 = await this.fileAt(place, brought);
      names.set(keyOf(place), sha256);
      byName.set(sha256, { sha256 });
    }
    return {
      graph: names.size === 0 ? graph : replaced(graph, names),
      find: async (name) => byName.get(name) ?? this.files.upload(name),
    };
  }

  /** For who only asks: nothing is fetched or kept, and a name stands for each file. */
  withStandIns(graph: unknown): unknown {
    const names = new Map(this.placesIn(graph).map((place) => [keyOf(place), 'to come']));
    return names.size === 0 ? graph : replaced(graph, names);
  }

  private placesIn(graph: unknown): Place[] {
    return placesOf(graph).filter((place) => isMediaObject(place.value) || this.isUpload(place));
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

function placesOf(graph: unknown): Place[] {
  if (!isJsonObject(graph)) return [];
  return Object.entries(graph).flatMap(([nodeId, node]) => {
    const { class_type: nodeClass, inputs } = isJsonObject(node) ? node : {};
    if (typeof nodeClass !== 'string' || !isJsonObject(inputs)) return [];
    return Object.entries(inputs).map(([field, value]) => ({ nodeId, field, nodeClass, value }));
  });
}

function replaced(graph: unknown, names: ReadonlyMap<string, string>): unknown {
  return Object.fromEntries(
    Object.entries(graph as Record<string, { inputs?: Record<string, unknown> }>).map(([nodeId, node]) => [
      nodeId,
      isJsonObject(node) && isJsonObject(node.inputs)
        ? {
            ...node,
            inputs: Object.fromEntries(
              Object.entries(node.inputs).map(([field, value]) => [
                field,
                names.get(keyOf({ nodeId, field })) ?? value,
              ]),
            ),
          }
        : node,
    ]),
  );
}

const keyOf = ({ nodeId, field }: { nodeId: string; field: string }): string =>
  JSON.stringify([nodeId, field]);
