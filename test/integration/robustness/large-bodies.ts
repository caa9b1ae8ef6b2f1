/** The worst of each kind of JSON that the limits of size let in, for each door that takes JSON. */
export interface Kind {
  what: string;
  door: 'own' | 'native';
  path: string;
  type?: string;
  body: () => Buffer;
  /** What may be answered: a job, or a refusal that says what is too much. */
  statuses: number[];
}

/** MAX_BODY_BYTES, less what stands around. */
const roomBytes = 16 * 1024 * 1024 - 4_096;
const nodesMax = 5_000;
const inputsPerNode = 16;

type Inputs = (node: number) => Record<string, unknown>;

const range = (count: number): number[] => Array.from({ length: count }, (_, at) => at);
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
const text = (piece: string): string =>
  piece.repeat(Math.floor(roomBytes / Buffer.byteLength(JSON.stringify(piece).slice(1, -1))));

const graphs: [string, () => unknown][] = [
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
  ['one text of 16 MB', () => graphOf(() => ({ text: text('x') }), 1)],
  ['one text of 16 MB that is not Latin', () => graphOf(() => ({ text: text('日') }), 1)],
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

const manyMembers = (count: number): Record<string, unknown> =>
  Object.fromEntries(range(count).map((at) => [`k${at}`, 1]));

const extras: [string, () => unknown][] = [
  [
    '450,000 values',
    () => ({ extra_pnginfo: { workflow: { nodes: range(90_000).map((id) => ({ id, pos: [1.5, 2] })) } } }),
  ],
  ['a text of 15 MB', () => ({ note: 'x'.repeat(15_000_000) })],
];

const small = (): unknown => graphOf(() => ({}), 1);
const json = (value: unknown): Buffer => Buffer.from(JSON.stringify(value));

interface GraphDoor extends Pick<Kind, 'door' | 'path'> {
  accepted: number;
  around: (graph: unknown, extra?: unknown) => unknown;
}

const graphDoors: GraphDoor[] = [
  {
    door: 'native',
    path: '/prompt',
    accepted: 200,
    around: (prompt, extra) => ({ prompt, extra_data: extra }),
  },
];

const graphKinds = graphDoors.flatMap(({ door, path, accepted, around }) =>
  [
    ...graphs.map(([what, graph]) => ({ what: `${path}: ${what}`, body: () => json(around(graph())) })),
    ...(path === '/prompt' || path === '/v1/jobs'
      ? extras.map(([what, extra]) => ({
          what: `${path}: beside the graph ${what}`,
          body: () => json(around(small(), extra())),
        }))
      : []),
  ].map((kind): Kind => ({ ...kind, door, path, statuses: [accepted, 400, 413, 422] })),
);

/** Doors that take JSON, but no graph. */
const others: Kind[] = (
  [
    ['native', '/queue', 'ids', () => ({ delete: range(400_000) })],
    ['native', '/history', 'ids', () => ({ delete: range(400_000).map(String) })],
    ['native', '/settings', 'a megabyte of settings', () => manyMembers(15_000)],
    ['native', '/userdata/a.json', '16 MB', () => text('x')],
    [
      'own',
      '/v1/nodes',
      'labels',
      () => ({ id: 'a', url: 'http://127.0.0.1:1', labels: manyMembers(19_000) }),
    ],
    ['own', '/v1/nodes', 'an address of 16 MB', () => ({ id: 'a', url: `http://127.0.0.1:1/${text('/')}` })],
    ['own', '/api/generate', 'a number of 16 MB', () => ({ prompt: 'x', cfg: text('1') })],
    ['own', '/api/generate', 'a prompt of 16 MB', () => ({ prompt: text('日') })],
  ] as const
).map(([door, path, what, value]) => ({
  what: `${path}: ${what}`,
  door,
  path,
  body: () => json(value()),
  statuses: [200, 201, 202, 400, 404, 413, 422, 503],
}));

const spaces: Kind = {
  what: '/prompt: nothing but spaces',
  door: 'native',
  path: '/prompt',
  body: () => Buffer.alloc(roomBytes, ' '),
  statuses: [400],
};

export const kinds: Kind[] = [...graphKinds, ...others, spaces];
