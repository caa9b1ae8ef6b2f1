/** Who has a file or a node class, who holds it in memory, and which workflows need it. */
import { Controller, Get, Inject, Query, SerializeOptions } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import type { z } from 'zod';
import { ClusterInventory, type NodeMonitor, NodesService } from '../../../modules/nodes/index.js';
import { embeddingList, WorkflowCatalogue } from '../../../modules/workflows/index.js';
import { Access } from '../../kit/index.js';
import { inventoryQuerySchema, inventorySchema } from './figures.schemas.js';
import { Residents } from './residents.js';

type Kind = z.infer<typeof inventoryQuerySchema>['kind'];

const nodesToldMax = 50;
const inventoriesMax = 200;
const modelFile = /\.(?:safetensors|sft|gguf|ckpt|pt|pt2|pth|bin|pkl|onnx|engine)$/i;

@ApiTags('nodes')
@Controller('v1/inventory')
export class InventoryController {
  /** By kind and inventory: nodes of one image have one. */
  private readonly names = new Map<string, readonly string[]>();

  constructor(
    @Inject(NodesService) private readonly nodes: NodesService,
    @Inject(ClusterInventory) private readonly inventory: ClusterInventory,
    @Inject(WorkflowCatalogue) private readonly catalogue: WorkflowCatalogue,
    @Inject(Residents) private readonly residents: Residents,
  ) {}

  @Access('read', 'catalogue')
  @Get()
  @ApiOperation({
    operationId: 'searchInventory',
    summary:
      'Model files or node classes by a part of their name: which nodes have them, in memory too, and who needs them',
  })
  @SerializeOptions({ schema: inventorySchema })
  async search(
    @Query({ schema: inventoryQuerySchema }) { search, kind, limit }: z.infer<typeof inventoryQuerySchema>,
  ) {
    const owners = this.owners(kind, search.toLowerCase());
    const { byNode } = await this.residents.current();
    const needs = kind === 'file' ? this.needs() : this.classNeeds();
    const sorted = [...owners].toSorted(([one], [other]) => one.localeCompare(other));
    return {
      total: sorted.length,
      entries: sorted.slice(0, limit).map(([name, nodes]) => {
        const told = nodes.slice(0, nodesToldMax);
        return {
          name,
          node_count: nodes.length,
          nodes: told,
          in_memory: told.filter((id) => byNode[id]?.includes(asNeeded(name)) === true),
          workflows: needs.get(asNeeded(name)) ?? [],
        };
      }),
    };
  }

  private owners(kind: Kind, wanted: string): Map<string, string[]> {
    const owners = new Map<string, string[]>();
    for (const monitor of this.nodes.all())
      for (const name of this.namesOf(kind, monitor)) {
        if (!name.toLowerCase().includes(wanted)) continue;
        const nodes = owners.get(name);
        if (nodes) nodes.push(monitor.settings.id);
        else owners.set(name, [monitor.settings.id]);
      }
    return owners;
  }

  private namesOf(kind: Kind, { facts }: NodeMonitor): readonly string[] {
    if (!facts) return [];
    const key = `${kind} ${facts.inventoryHash}`;
    const known = this.names.get(key);
    if (known) return known;
    const { classes } = facts.inventory;
    const names =
      kind === 'class'
        ? Object.keys(classes).filter((name) => name !== embeddingList.class)
        : filesIn(classes);
    if (this.names.size >= inventoriesMax) this.names.clear();
    this.names.set(key, names);
    return names;
  }

  private needs(): Map<string, string[]> {
    return this.byNeed(({ models, loras }) => [...models, ...loras]);
  }

  private classNeeds(): Map<string, string[]> {
    return this.byNeed(({ nodeClasses }) => [...nodeClasses]);
  }

  private byNeed(
    of: (needs: ReturnType<ClusterInventory['requirementsOf']>) => readonly string[],
  ): Map<string, string[]> {
    const needs = new Map<string, string[]>();
    for (const { name, graph, manifest } of this.catalogue.list())
      for (const need of new Set(of(this.inventory.requirementsOf(graph, manifest.requirements))))
        needs.set(need, [...(needs.get(need) ?? []), name]);
    return needs;
  }
}

/** Needs name files with `/`, whatever their node's system has. */
const asNeeded = (name: string): string => name.replaceAll('\\', '/');

function filesIn(classes: Record<string, { choices: Record<string, readonly unknown[] | null> }>): string[] {
  const names = new Set<string>();
  for (const { choices } of Object.values(classes))
    for (const values of Object.values(choices))
      for (const value of values ?? [])
        if (typeof value === 'string' && modelFile.test(value)) names.add(value);
  return [...names];
}
