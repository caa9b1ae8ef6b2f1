/** The worst graphs of each kind that the limits let in. */
import { inputsPerNode, manyMembers, nodesMax, range, text } from './values.js';

type Inputs = (node: number) => Record<string, unknown>;

const inputs =
  (value: (node: number, input: number) => unknown): Inputs =>
  (node) =>
    Object.fromEntries(range(inputsPerNode).map((input) => [`in_${input}`, value(node, input)]));

/** A graph of as many nodes as are taken, which end in one that saves. */
function graphOf(of: Inputs, count = nodesMax - 2): Record<string, unknown> {
  const nodes = range(count).map((node) => [
    `n${node}`,
    { class_type: 'EmptyImage', inputs: { ...image, ...of(node) } },
  ]);
  const saved = { class_type: 'SaveImage', inputs: { images: ['n0', 0], filename_prefix: 'x' } };
  return { ...Object.fromEntries(nodes), save: saved };
}

const image = { width: 8, height: 8, batch_size: 1, color: 0 };
export const graphs: [string, () => unknown][] = [
  ['numbers in every input', () => graphOf(inputs((node, input) => node * input + 0.5))],
  ['texts in every input', () => graphOf(inputs((node) => `text ${node}`))],
  ['one model in every node', () => graphOf(() => ({ model: 'a.safetensors' }))],
  ['another model in every input', () => graphOf(inputs((node, input) => `${node}/${input}.safetensors`))],
  [
    'links in every input',
    () => graphOf((node) => inputs(() => [`n${Math.min(node + 1, nodesMax - 3)}`, 0])(node), nodesMax - 2),
  ],
  [
    'a chain of all nodes',
    () => graphOf((node) => (node < nodesMax - 3 ? { image: [`n${node + 1}`, 0] } : {})),
  ],
  ['wrong inputs everywhere', () => graphOf(() => ({ width: 'wide', height: [1], batch_size: -1 }))],
  [
    'as many nodes as a named workflow may have',
    () =>
      graphOf(
        inputs((node, input) => `${node}/${input}.png`),
        749,
      ),
  ],
  ['one text of 16 MB', () => graphOf(() => ({ text: text('x') }), 1)],
  ['one text of 16 MB that is not Latin', () => graphOf(() => ({ text: text('日') }), 1)],
  ['one text of 3 MB that is not Latin', () => graphOf(() => ({ text: '日'.repeat(1_000_000) }), 1)],
  ['one text of 16 MB of escapes', () => graphOf(() => ({ text: text('\u0001') }), 1)],
  ['one wrong number of 16 MB', () => graphOf(() => ({ width: text('x') }), 1)],
  ['one list of 450,000 numbers', () => graphOf(() => ({ list: { __value__: range(450_000) } }), 1)],
  [
    'one list of 5,000,000 numbers',
    () => graphOf(() => ({ list: { __value__: Array(5_000_000).fill(1) } }), 1),
  ],
  [
    'lists of 4,000,000 lists',
    () => graphOf(() => ({ list: { __value__: range(4_000_000).map(() => []) } }), 1),
  ],
  ['one object of 19,000 members', () => graphOf(() => ({ map: manyMembers(19_000) }), 1)],
  ['one object of 1,000,000 members', () => graphOf(() => ({ map: manyMembers(1_000_000) }), 1)],
  ['more nodes than are taken', () => graphOf(() => ({}), 15_000)],
];

/** Texts that are searched for the files which they name. */
export const namings: [string, () => unknown][] = [
  [
    'sixteen texts of 1 MB that name an embedding all along',
    () =>
      graphOf(
        inputs(() => ' embedding:a '.repeat(79_000)),
        1,
      ),
  ],
  [
    'one text of 16 MB that names a model',
    () => graphOf(() => ({ model: `${text('日').slice(12)}.safetensors` }), 1),
  ],
];

export const extras: [string, () => unknown][] = [
  [
    '450,000 values',
    () => ({ extra_pnginfo: { workflow: { nodes: range(90_000).map((id) => ({ id, pos: [1.5, 2] })) } } }),
  ],
  ['a text of 15 MB', () => ({ note: 'x'.repeat(15_000_000) })],
];

export const small = (): unknown => graphOf(() => ({}), 1);
const reference = { __type: 'core/ASSET', info: { id: '00000000-0000-4000-8000-000000000000' } };
export const references: [string, () => unknown][] = [
  ['a reference in every node', () => graphOf(() => ({ asset: reference }), 999)],
  [
    'more references than are taken',
    () => graphOf(() => ({ asset: { list: range(20).map(() => reference) } }), 3_000),
  ],
  [
    'values below values in every node',
    () => graphOf(() => ({ map: deep(20), list: { __value__: range(60) } })),
  ],
  ['a data: URI in every node', () => graphOf(() => ({ image: 'data:image/png;base64,QUJD' }))],
];
const deep = (depth: number): unknown => (depth === 0 ? 1 : { a: deep(depth - 1), b: [1] });
