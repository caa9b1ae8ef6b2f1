/** What is known of the literals of a graph: where each is, what its class says of it, what its node leads to. */
import {
  asLink,
  choicesOf,
  type ClassSchema,
  isJsonObject,
  readClassSchema,
  type SchemaOf,
  titleOf,
} from '../../../comfyui/domain/index.js';
import { isLink, plainValue, type Graph } from '../graph.js';

/** A value of the graph that an input may set. */
export interface Literal {
  node: string;
  nodeClass: string;
  title: string;
  field: string;
  value: string | number | bigint | boolean;
  /** The options of the class's input; empty where no node knows the class. */
  options: Record<string, unknown>;
  choices: unknown[] | undefined;
  /** The type of the input, as the class tells it. */
  type: string;
}

type InputConfig = ClassSchema['inputs'][number]['config'];

export class GraphFacts {
  readonly literals: Literal[];
  private readonly byNode: ReadonlyMap<string, Literal[]>;
  private readonly schemas = new Map<string, ClassSchema | undefined>();
  private readonly configs = new Map<string, ReadonlyMap<string, InputConfig>>();
  private readonly consumers = new Map<string, { node: string; field: string }[]>();

  constructor(
    readonly graph: Graph,
    private readonly infoOf: SchemaOf,
  ) {
    this.byNode = new Map(Object.keys(graph).map((node) => [node, this.literalsOf(node)]));
    this.literals = [...this.byNode.values()].flat();
    for (const [node, { inputs }] of Object.entries(graph))
      for (const [field, value] of Object.entries(inputs)) {
        const link = asLink(value);
        if (link) this.addConsumer(link.nodeId, { node, field });
      }
  }

  schemaOf(nodeClass: string): ClassSchema | undefined {
    if (!this.schemas.has(nodeClass)) this.schemas.set(nodeClass, readClassSchema(this.infoOf(nodeClass)));
    return this.schemas.get(nodeClass);
  }

  private configsOf(nodeClass: string): ReadonlyMap<string, InputConfig> {
    const known = this.configs.get(nodeClass);
    if (known) return known;
    const inputs = this.schemaOf(nodeClass)?.inputs ?? [];
    // Of equal names the first counts.
    const configs = new Map(inputs.toReversed().map(({ name, config }) => [name, config]));
    this.configs.set(nodeClass, configs);
    return configs;
  }

  literalsAt(node: string): Literal[] {
    return this.byNode.get(node) ?? [];
  }

  isSink(node: string): boolean {
    return !this.consumers.has(node);
  }

  /** Whether the node makes something of this type, such as LATENT. */
  makes(node: string, type: string): boolean {
    return this.schemaOf(this.graph[node]!.class_type)?.outputs.includes(type) ?? false;
  }

  /** Whether the node's outputs come, through nodes of conditioning, to an input of one of these names. */
  leadsTo(node: string, fields: ReadonlySet<string>): boolean {
    const seen = new Set([node]);
    for (const id of seen)
      for (const consumer of this.consumers.get(id) ?? []) {
        if (fields.has(consumer.field)) return true;
        if (this.makes(consumer.node, 'CONDITIONING') || this.makes(consumer.node, 'STRING'))
          seen.add(consumer.node);
      }
    return false;
  }

  private addConsumer(source: string, consumer: { node: string; field: string }): void {
    const known = this.consumers.get(source);
    if (known) known.push(consumer);
    else this.consumers.set(source, [consumer]);
  }

  private literalsOf(node: string): Literal[] {
    const { class_type: nodeClass, inputs, _meta: meta } = this.graph[node]!;
    const title = titleOf({ class_type: nodeClass, _meta: meta });
    const configs = this.configsOf(nodeClass);
    return Object.entries(inputs).flatMap(([field, raw]): Literal[] => {
      const value = plainValue(raw);
      if (isLink(value) || !isScalar(value)) return [];
      const config = configs.get(field);
      const [type, options] = config ?? [];
      return [
        {
          node,
          nodeClass,
          title,
          field,
          value,
          options: isJsonObject(options) ? options : {},
          choices: config && choicesOf(config),
          type: typeof type === 'string' ? type : config ? 'COMBO' : '',
        },
      ];
    });
  }
}

const isScalar = (value: unknown): value is Literal['value'] =>
  ['string', 'number', 'bigint', 'boolean'].includes(typeof value);
