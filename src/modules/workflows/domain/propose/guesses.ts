/** Literals that a caller usually wants to set: prompts, files, seeds, sizes, lengths, steps. */
import { isUploadInput } from '../needs/file-choice.js';
import type { GraphFacts, Literal } from './facts.js';

export interface Guess {
  name: string;
  /** All take the same value. */
  literals: Literal[];
  why: string;
}

type Rule = (facts: GraphFacts, free: Literal[]) => Guess[];

/** In this order; what one took is not there for the next. */
export function guessInputs(facts: GraphFacts, taken: ReadonlySet<Literal>): Guess[] {
  const used = new Set(taken);
  return rules.flatMap((rule) => {
    const guesses = rule(
      facts,
      facts.literals.filter((literal) => !used.has(literal)),
    );
    for (const { literals } of guesses) for (const literal of literals) used.add(literal);
    return guesses;
  });
}

const rules: Rule[] = [
  prompts,
  files,
  same('seed', /^(noise_)?seed$/, 'it is a seed'),
  sized('width', /^width$/, 'it sizes what is made'),
  sized('height', /^height$/, 'it sizes what is made'),
  sized('frames', /^(length|num_frames|frames|video_frames)$/, 'it is the number of frames'),
  same('fps', /^(fps|frame_rate)$/, 'it is the frame rate'),
  same('steps', /^steps$/, 'it is the number of steps'),
  same('cfg', /^cfg$/, 'it is the guidance'),
  fileNames,
];

const positive = new Set(['positive']);
const negative = new Set(['negative']);
const promptField = /^(text|prompt|positive_prompt|negative_prompt|user_prompt|text_g|text_l|clip_l|t5xxl)$/;

function prompts(facts: GraphFacts, free: Literal[]): Guess[] {
  const texts = free.filter(
    ({ value, field, options, nodeClass }) =>
      typeof value === 'string' &&
      (options.multiline === true || options.dynamicPrompts === true || /TextEncode/.test(nodeClass)) &&
      promptField.test(field),
  );
  return [...byValue(texts.filter((text) => roleOf(facts, text) !== undefined))].map((literals) => {
    const role = roleOf(facts, literals[0]!)!;
    return { name: role, literals, why: `its text is a ${role === 'prompt' ? 'prompt' : 'negative prompt'}` };
  });
}

function roleOf(
  facts: GraphFacts,
  { node, field, title, nodeClass }: Literal,
): 'prompt' | 'negative_prompt' | undefined {
  if (/negative/i.test(field) || /negative/i.test(title)) return 'negative_prompt';
  const [isPositive, isNegative] = [facts.leadsTo(node, positive), facts.leadsTo(node, negative)];
  if (isNegative && !isPositive) return 'negative_prompt';
  const isEncoder = facts.makes(node, 'CONDITIONING') || /TextEncode/.test(nodeClass);
  return isPositive || isEncoder || /prompt/i.test(`${field} ${title}`) ? 'prompt' : undefined;
}

const uploads = [
  ['image', 'image_upload'],
  ['image', 'animated_image_upload'],
  ['video', 'video_upload'],
  ['audio', 'audio_upload'],
] as const;

export function mediaOf({
  nodeClass,
  field,
  options,
  value,
}: Literal): 'image' | 'video' | 'audio' | undefined {
  if (typeof value !== 'string') return undefined;
  const told = uploads.find(([, flag]) => options[flag] === true)?.[0];
  if (told !== undefined || !isUploadInput(nodeClass, field)) return told;
  return /video/i.test(nodeClass) ? 'video' : /audio/i.test(nodeClass) ? 'audio' : 'image';
}

function files(_: GraphFacts, free: Literal[]): Guess[] {
  return byValue(free.filter((literal) => mediaOf(literal) !== undefined)).map((literals) => {
    const kind = mediaOf(literals[0]!)!;
    return { name: kind, literals, why: `its file is an ${kind} that is uploaded`.replace('an v', 'a v') };
  });
}

function fileNames(facts: GraphFacts, free: Literal[]): Guess[] {
  const names = free.filter(
    ({ field, value, node }) =>
      field === 'filename_prefix' && typeof value === 'string' && facts.isSink(node),
  );
  return byValue(names).map((literals) => ({
    name: 'filename_prefix',
    literals,
    why: 'it begins the names of results',
  }));
}

function same(name: string, field: RegExp, why: string): Rule {
  return (_, free) =>
    byValue(free.filter((literal) => field.test(literal.field) && isNumber(literal))).map((literals) => ({
      name,
      literals,
      why,
    }));
}

/** Where the node makes what is sized: a crop or a mask has sizes of its own. Elsewhere only a size that stands alone. */
function sized(name: string, field: RegExp, why: string): Rule {
  const find = same(name, field, why);
  return (facts, free) => {
    const makers = free.filter(
      ({ node, nodeClass }) => facts.makes(node, 'LATENT') || /^Empty.*Latent|ToVideo$/.test(nodeClass),
    );
    const found = find(facts, makers);
    const elsewhere = found.length > 0 ? [] : find(facts, free);
    return elsewhere.length === 1 ? elsewhere : found;
  };
}

const isNumber = ({ value }: Literal): boolean => typeof value === 'number' || typeof value === 'bigint';

/** Literals of one value are set together, as in workflows whose two samplers share a seed. */
function byValue(literals: Literal[]): Literal[][] {
  const groups = new Map<unknown, Literal[]>();
  for (const literal of literals) {
    const group = groups.get(literal.value);
    if (group) group.push(literal);
    else groups.set(literal.value, [literal]);
  }
  return [...groups.values()];
}
