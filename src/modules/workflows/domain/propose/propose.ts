/**
 * Proposes a manifest for a graph that has none: what a caller may set, what comes out, and why each was chosen.
 * The inputs that the author named come first; the rest is guessed, and every guess leaves the graph's own value as the default.
 */
import type { SchemaOf } from '../../../comfyui/domain/index.js';
import type { Graph } from '../graph.js';
import { namedInputs } from './conventions.js';
import { GraphFacts, type Literal } from './facts.js';
import { guessInputs, mediaOf } from './guesses.js';
import { proposeOutputs } from './outputs.js';

export interface ProposedInput {
  input: string;
  why: string;
}

export interface Proposal {
  /** Shape of `<name>.manifest.json`; to be checked like any other. */
  manifest: Record<string, unknown>;
  guessed: ProposedInput[];
}

const inputsMax = 100;

export function proposeManifest(name: string, graph: Graph, schemaOf: SchemaOf, title = name): Proposal {
  const facts = new GraphFacts(graph, schemaOf);
  const named = namedInputs(facts).map(({ literal, ...input }) => ({ ...input, literals: [literal] }));
  const taken = new Set(named.flatMap(({ literals }) => literals));
  const names = new Set<string>();
  const inputs = [...named, ...guessInputs(facts, taken)]
    .slice(0, inputsMax)
    .map(({ why, literals, ...input }) => {
      const inputName = freeName(input.name, names);
      return { name: inputName, why, input: inputOf(literals, inputName) };
    });
  return {
    manifest: {
      name,
      title,
      inputs: Object.fromEntries(inputs.map(({ name: inputName, input }) => [inputName, input])),
      outputs: proposeOutputs(facts),
      workUnits: workUnits.filter((unit) => names.has(unit)),
    },
    guessed: inputs.map(({ name: inputName, why }) => ({ input: inputName, why })),
  };
}

const workUnits = ['width', 'height', 'frames', 'steps'];

function freeName(wanted: string, names: Set<string>): string {
  const plain =
    wanted
      .replaceAll(/[^A-Za-z0-9_]+/g, '_')
      .replace(/^[^A-Za-z]+/, '')
      .slice(0, 60) || 'input';
  let name = plain;
  for (let number = 2; names.has(name); number += 1) name = `${plain}_${number}`;
  names.add(name);
  return name;
}

function inputOf(literals: Literal[], name: string): Record<string, unknown> {
  const [first] = literals as [Literal, ...Literal[]];
  const targets = literals.slice(0, 64).map(({ node, field }) => ({ node, field }));
  return { ...typeOf(first, name), targets };
}

function typeOf(literal: Literal, name: string): Record<string, unknown> {
  const { value, field, choices, type, options } = literal;
  const media = mediaOf(literal);
  if (media !== undefined) return { type: media };
  if (typeof value === 'bigint' || (/^(noise_)?seed$/.test(field) && typeof value === 'number'))
    return { type: 'seed' };
  if (typeof value === 'boolean') return { type: 'boolean', default: value };
  if (typeof value === 'number') return numberOf(value, type, options);
  const texts = choices?.filter((choice) => typeof choice === 'string').slice(0, 500) ?? [];
  if (texts.includes(value)) return { type: 'choice', options: texts, default: value };
  return { type: 'string', default: value, ...(name === 'filename_prefix' ? { maxLength: 200 } : {}) };
}

function numberOf(value: number, type: string, options: Record<string, unknown>): Record<string, unknown> {
  const isInteger = Number.isSafeInteger(value) && type !== 'FLOAT';
  const bound = (limit: unknown) => {
    const number = Number(limit);
    return limit === undefined || (isInteger ? !Number.isSafeInteger(number) : !Number.isFinite(number))
      ? undefined
      : number;
  };
  const [minimum, maximum] = [bound(options.min), bound(options.max)];
  return {
    type: isInteger ? 'integer' : 'number',
    default: value,
    ...(minimum !== undefined && minimum <= value ? { minimum } : {}),
    ...(maximum !== undefined && maximum >= value ? { maximum } : {}),
  };
}
