/** The worst of each kind of JSON that the limits of size let in, for each route that takes JSON. */
import { editorFiles } from './editor-files.js';
import { extras, graphs, namings, references, small } from './graphs.js';
import type { Kind } from './kind.js';
import { otherKinds } from './other-bodies.js';
import { json, roomBytes } from './values.js';

export type { Kind } from './kind.js';

type Named = [what: string, value: () => unknown];

interface GraphDoor extends Pick<Kind, 'door' | 'path' | 'method'> {
  accepted: number;
  around: (graph: unknown, extra?: unknown) => unknown;
  graphs: Named[];
  extras?: Named[];
}

/** Where another way in is the same code, some of the graphs are enough. */
const some = new Set([
  'as many nodes as a named workflow may have',
  'links in every input',
  'wrong inputs everywhere',
  'one text of 16 MB of escapes',
]);
const someFiles = [
  'as many nodes as a graph may have',
  '50,000 nodes of no known class',
  'one text of 15 MB',
];
const ofEditor = editorFiles.map(([what, file]): Named => [`the editor's file, ${what}`, file]);
const fewGraphs = [
  ...graphs.filter(([what]) => some.has(what)),
  ...ofEditor.filter(([what]) => someFiles.some((file) => what.endsWith(file))),
];

const graphDoors: GraphDoor[] = [
  {
    door: 'native',
    path: '/prompt',
    accepted: 200,
    around: (prompt, extra) => ({ prompt, extra_data: extra }),
    graphs: [...graphs, ...namings, ...ofEditor],
    extras,
  },
  {
    door: 'own',
    path: '/v1/jobs',
    accepted: 202,
    around: (graph, extra) => ({ graph, extra_data: extra }),
    graphs: [...graphs, ...ofEditor, ...references],
    extras,
  },
  {
    door: 'own',
    path: '/api/v2/jobs',
    accepted: 201,
    around: (workflow) => ({ workflow }),
    graphs: [...graphs, ...references],
  },
  { door: 'own', path: '/v1/forecast', accepted: 200, around: (graph) => ({ graph }), graphs: fewGraphs },
  { door: 'own', path: '/v1/readiness', accepted: 200, around: (graph) => ({ graph }), graphs: fewGraphs },
  { door: 'own', path: '/v1/workflows:convert', accepted: 200, around: (graph) => graph, graphs: fewGraphs },
  { door: 'own', path: '/v1/workflows:propose', accepted: 200, around: (graph) => graph, graphs: fewGraphs },
  {
    door: 'own',
    path: '/v1/workflows/kept',
    method: 'PUT',
    accepted: 200,
    around: (graph) => ({ graph }),
    graphs: fewGraphs,
  },
];

const graphKinds = graphDoors.flatMap(({ door, path, method, accepted, around, ...values }) =>
  [
    ...values.graphs.map(([what, graph]): Named => [what, () => around(graph())]),
    ...(values.extras ?? []).map(([what, extra]): Named => [
      `beside the graph ${what}`,
      () => around(small(), extra()),
    ]),
  ].map(([what, value]): Kind => ({
    what: `${path}: ${what}`,
    door,
    path,
    ...(method && { method }),
    body: () => json(value()),
    statuses: [accepted, 400, 413, 422],
  })),
);

const spaces: Kind = {
  what: '/prompt: nothing but spaces',
  door: 'native',
  path: '/prompt',
  body: () => Buffer.alloc(roomBytes, ' '),
  statuses: [400],
};

export const kinds: Kind[] = [...graphKinds, ...otherKinds, spaces];
