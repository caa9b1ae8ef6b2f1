/** The worst files of the editor. */
import { nodesMax, range } from './values.js';

/** What the editor saves. */
function editorFile(nodes: unknown[], links: unknown[] = [], more: object = {}): unknown {
  return {
    last_node_id: nodes.length,
    last_link_id: links.length,
    nodes,
    links,
    groups: [],
    extra: {},
    version: 0.4,
    ...more,
  };
}

const widgets = { EmptyImage: [8, 8, 1, 0], SaveImage: ['x'] };
const nodeOf = (id: number, type: keyof typeof widgets, more: object = {}): unknown => ({
  id,
  type,
  mode: 0,
  widgets_values: widgets[type],
  ...more,
});
const saver = (id: number, link: number): unknown =>
  nodeOf(id, 'SaveImage', { inputs: [{ name: 'images', type: 'IMAGE', link }] });

export const editorFiles: [string, () => unknown][] = [
  [
    'as many nodes as a graph may have',
    () =>
      editorFile(
        range(nodesMax - 2).map((at) => (at % 2 ? saver(at, at) : nodeOf(at, 'EmptyImage'))),
        range(nodesMax - 2).map((at) => [at, at - (at % 2), 0, at, 0, 'IMAGE']),
      ),
  ],
  ['50,000 nodes', () => editorFile(range(50_000).map((at) => nodeOf(at, 'EmptyImage')))],
  ['50,000 nodes of no known class', () => editorFile(range(50_000).map((id) => ({ id, type: `Odd${id}` })))],
  [
    '80,000 links to one node',
    () =>
      editorFile(
        [nodeOf(0, 'EmptyImage'), saver(1, 0)],
        range(80_000).map((at) => [at, 0, 0, 1, 0]),
      ),
  ],
  [
    'a chain of 4,000 reroutes',
    () =>
      editorFile(
        [
          nodeOf(0, 'EmptyImage'),
          ...range(4_000).map((at) => ({
            id: at + 1,
            type: 'Reroute',
            inputs: [{ name: '', type: '*', link: at }],
          })),
          ...range(900).map((at) => saver(at + 5_000, at + 5_000)),
        ],
        [
          ...range(4_000).map((at) => [at, at, 0, at + 1, 0, '*']),
          ...range(900).map((at) => [at + 5_000, 4_000, 0, at + 5_000, 0, '*']),
        ],
      ),
  ],
  [
    'a subgraph of 1,000 nodes, ten times',
    () =>
      editorFile(
        range(10).map((id) => ({ id, type: 'sub' })),
        [],
        {
          definitions: {
            subgraphs: [{ id: 'sub', nodes: range(1_000).map((at) => nodeOf(at, 'EmptyImage')), links: [] }],
          },
        },
      ),
  ],
  [
    'ever more nodes in subgraphs of subgraphs',
    () =>
      editorFile(
        range(10).map((id) => ({ id, type: 's0' })),
        [],
        {
          definitions: {
            subgraphs: range(30).map((at) => ({
              id: `s${at}`,
              nodes:
                at < 29 ? range(10).map((id) => ({ id, type: `s${at + 1}` })) : [nodeOf(0, 'EmptyImage')],
              links: [],
            })),
          },
        },
      ),
  ],
  [
    'one widget of 450,000 values',
    () =>
      editorFile(
        [nodeOf(0, 'EmptyImage', { widgets_values: range(450_000) }), saver(1, 0)],
        [[0, 0, 0, 1, 0]],
      ),
  ],
  [
    'one text of 15 MB',
    () =>
      editorFile(
        [
          nodeOf(0, 'EmptyImage'),
          nodeOf(1, 'SaveImage', { widgets_values: ['{a|b}%x.y%'.repeat(1_500_000)] }),
        ],
        [[0, 0, 0, 1, 0]],
      ),
  ],
];
