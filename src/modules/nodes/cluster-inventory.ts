/** What is installed on the nodes, taken together: it decides what a graph needs. */
import { Inject, Injectable } from '@nestjs/common';
import { inTurns } from '../../platform/turns/index.js';
import {
  type ExtraRequirements,
  extendRequirements,
  type Graph,
  type Requirements,
  requirementsOf,
  requirementsSteps,
} from '../workflows/index.js';
import { embeddingsApart, inputTestsOf, type Union, unionOf } from './domain/index.js';
import { NodesService } from './nodes.service.js';

@Injectable()
export class ClusterInventory {
  private union = unionOf([]);
  private madeAtChange = -1;

  constructor(@Inject(NodesService) private readonly nodes: Pick<NodesService, 'all' | 'changes'>) {}

  /** What a graph needs, with the schemas that the cluster knows at hand. */
  requirementsOf(graph: Graph, extra?: ExtraRequirements): Requirements {
    const { isCombo, isUpload } = inputTestsOf(this.current());
    return this.withExtra(requirementsOf(graph, isCombo, isUpload), extra).requirements;
  }

  /** The same for a graph of any size, in turns with everybody else's work. */
  async needsOf(graph: Graph, extra?: ExtraRequirements): Promise<Requirements> {
    return (await this.needsApart(graph, extra)).requirements;
  }

  /** With the embeddings that texts name and nobody has: `ignored`, as ComfyUI does. */
  async needsApart(graph: Graph, extra?: ExtraRequirements): Promise<ReturnType<typeof embeddingsApart>> {
    const { isCombo, isUpload } = inputTestsOf(this.current());
    return this.withExtra(await inTurns(requirementsSteps(graph, isCombo, isUpload)), extra);
  }

  isOutputClass(nodeClass: string): boolean | undefined {
    return this.current().classOf(nodeClass)?.outputNode;
  }

  /** Whether no inventory has the class; false while none is known. */
  lacksClass(nodeClass: string): boolean {
    const { isEmpty, classOf } = this.current();
    return !isEmpty && classOf(nodeClass) === undefined;
  }

  private withExtra(
    derived: Requirements,
    extra: ExtraRequirements | undefined,
  ): ReturnType<typeof embeddingsApart> {
    const { requirements, ignored } = embeddingsApart(derived, this.current());
    return { requirements: extendRequirements(requirements, extra), ignored };
  }

  /** Nodes of one image have equal inventories: each different one counts once. */
  private current(): Union {
    if (this.madeAtChange === this.nodes.changes) return this.union;
    this.madeAtChange = this.nodes.changes;
    const inventories = this.nodes
      .all()
      .flatMap(({ facts }) => (facts ? [[facts.inventoryHash, facts.inventory] as const] : []));
    this.union = unionOf([...new Map(inventories).values()]);
    return this.union;
  }
}
