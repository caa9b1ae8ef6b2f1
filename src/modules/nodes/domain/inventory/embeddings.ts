/**
 * Which embeddings a node has. ComfyUI leaves out of a text what it does not find, with a line in its log: a job needs an embedding that
 * some node has, and one that nobody has keeps no job waiting.
 */
import {
  byCodeUnit,
  type ChoiceValue,
  embeddingList,
  isEmbeddingFile,
  type RequiredChoice,
  type Requirements,
} from '../../../workflows/domain/index.js';
import { classOf, type Inventory, sortChoices } from './inventory.js';
import type { Union } from './union.js';

const filesMax = 10_000;

/** `files` is the node's own list; undefined where it has none. */
export function withEmbeddings({ classes }: Inventory, files: readonly string[] | undefined): Inventory {
  const others = Object.entries(classes).filter(([name]) => name !== embeddingList.class);
  if (files === undefined) return { classes: Object.fromEntries(others) };
  const values = sortChoices(files.slice(0, filesMax));
  const list = {
    outputNode: false,
    choices: { [embeddingList.input]: values },
    required: [],
    uploadInputs: [],
  };
  const all = [...others, [embeddingList.class, list] as const];
  return { classes: Object.fromEntries(all.toSorted(([left], [right]) => byCodeUnit(left, right))) };
}

const listOf = (inventory: Inventory): readonly ChoiceValue[] | undefined =>
  classOf(inventory, embeddingList.class)?.choices[embeddingList.input] ?? undefined;

/** As they were given to `withEmbeddings`, sorted. */
export const embeddingsOf = (inventory: Inventory): readonly string[] | undefined =>
  listOf(inventory)?.map(String);

export const isEmbedding = (choice: Pick<RequiredChoice, 'class'>): boolean =>
  choice.class === embeddingList.class;

/** Whether the node has it. What a node does not tell is not held against it. */
export function hasEmbedding(inventory: Inventory, value: RequiredChoice['value']): boolean {
  return listOf(inventory)?.some((file) => isEmbeddingFile(String(file), String(value))) ?? true;
}

/** What a job waits for, and the embeddings that nobody has. */
export function embeddingsApart(
  requirements: Requirements,
  { inventories }: Pick<Union, 'inventories'>,
): { requirements: Requirements; ignored: string[] } {
  const telling = inventories.filter((inventory) => listOf(inventory) !== undefined);
  const lost = requirements.choices.filter(
    (choice) => isEmbedding(choice) && !telling.some((inventory) => hasEmbedding(inventory, choice.value)),
  );
  if (lost.length === 0) return { requirements, ignored: [] };
  const choices = requirements.choices.filter((choice) => !lost.includes(choice));
  return { requirements: { ...requirements, choices }, ignored: lost.map(({ value }) => String(value)) };
}
