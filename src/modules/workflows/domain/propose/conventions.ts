/** Inputs that the author named: nodes titled `input:NAME`, and the external-input nodes of comfy-deploy and comfy-pack. */
import type { GraphFacts, Literal } from './facts.js';

export interface NamedInput {
  name: string;
  literal: Literal;
  why: string;
}

/** The field of a class that holds what a caller gives, most telling first. */
const valueFields = [
  'default_value_url',
  'default_value',
  'value',
  'text',
  'prompt',
  'image',
  'video',
  'audio',
  'file',
  'seed',
  'noise_seed',
  'string',
  'number',
];

export function namedInputs(facts: GraphFacts): NamedInput[] {
  return Object.entries(facts.graph).flatMap(([node, { class_type: nodeClass }]): NamedInput[] => {
    const literals = facts.literalsAt(node);
    const told = titledName(literals) ?? deployName(nodeClass, literals) ?? packName(nodeClass, literals);
    if (told === undefined) return [];
    const field = valueFields.find((name) => literals.some((literal) => literal.field === name));
    const literal = literals.find((candidate) => candidate.field === field) ?? told.only;
    return literal === undefined ? [] : [{ name: told.name, literal, why: told.why }];
  });
}

interface Told {
  name: string;
  why: string;
  only?: Literal | undefined;
}

function titledName(literals: Literal[]): Told | undefined {
  const name = /^input:\s*(\S.*)$/i.exec(literals[0]?.title ?? '')?.[1];
  if (name === undefined) return undefined;
  return { name, why: `the title of its node is "input:${name}"`, only: literals[0] };
}

/** comfy-deploy: `ComfyUIDeployExternal…` with the name in `input_id`. */
function deployName(nodeClass: string, literals: Literal[]): Told | undefined {
  if (!nodeClass.startsWith('ComfyUIDeployExternal')) return undefined;
  const id = literals.find(({ field }) => field === 'input_id')?.value;
  return typeof id === 'string' && id !== ''
    ? { name: id, why: `it is an external input of comfy-deploy (${nodeClass})` }
    : undefined;
}

/** comfy-pack: `CPackInput…` with the name in its title. */
function packName(nodeClass: string, literals: Literal[]): Told | undefined {
  if (!nodeClass.startsWith('CPackInput') || literals[0] === undefined) return undefined;
  const { title } = literals[0];
  const name = title === nodeClass ? nodeClass.replace(/^CPackInput/, '') : title;
  return { name, why: `it is an input of comfy-pack (${nodeClass})`, only: literals[0] };
}
