/** The graph of a job, laid out from left to right, with the node that runs lit. Loaded when somebody opens it. */
import '@xyflow/react/dist/base.css';
import { graphlib, layout } from '@dagrejs/dagre';
import { Background, Controls, type Edge, type Node, Position, ReactFlow } from '@xyflow/react';
import { useMemo } from 'react';
import type { Graph } from '../../api/shapes';

const nodePx = { width: 210, height: 46 };

export default function GraphView({ graph, lit }: { graph: Graph; lit: string | null }) {
  const { nodes, edges } = useMemo(() => laidOut(graph), [graph]);
  const shown = useMemo(
    () =>
      nodes.map((node) => (node.id === lit ? { ...node, className: `${node.className} graph-lit` } : node)),
    [nodes, lit],
  );
  return (
    <div className="h-[28rem] overflow-hidden rounded-lg border border-line bg-sunk">
      <ReactFlow
        nodes={shown}
        edges={edges}
        fitView
        minZoom={0.05}
        onlyRenderVisibleElements
        nodesDraggable={false}
        nodesConnectable={false}
        nodesFocusable={false}
        edgesFocusable={false}
        elementsSelectable={false}
        preventScrolling={false}
        aria-label={`Graph of ${nodes.length} nodes`}
      >
        <Background />
        <Controls showInteractive={false} />
      </ReactFlow>
    </div>
  );
}

const isLink = (value: unknown): value is [string, number] =>
  Array.isArray(value) && value.length === 2 && typeof value[0] === 'string' && typeof value[1] === 'number';

export function laidOut(graph: Graph): { nodes: Node[]; edges: Edge[] } {
  const plan = new graphlib.Graph()
    .setGraph({ rankdir: 'LR', nodesep: 14, ranksep: 50 })
    .setDefaultEdgeLabel(() => ({}));
  const edges: Edge[] = [];
  for (const id of Object.keys(graph)) plan.setNode(id, { ...nodePx });
  for (const [id, { inputs }] of Object.entries(graph))
    for (const [input, value] of Object.entries(inputs))
      if (isLink(value) && graph[value[0]]) {
        plan.setEdge(value[0], id);
        edges.push({ id: `${value[0]} ${value[1]} ${id} ${input}`, source: value[0], target: id });
      }
  layout(plan);
  const nodes = Object.entries(graph).map(([id, { class_type: cls, _meta }]) => {
    const { x, y } = plan.node(id) as { x: number; y: number };
    const title = _meta?.title ?? cls;
    return {
      id,
      position: { x: x - nodePx.width / 2, y: y - nodePx.height / 2 },
      data: { label: title === cls ? title : `${title} (${cls})` },
      className: 'graph-node',
      sourcePosition: Position.Right,
      targetPosition: Position.Left,
      ...nodePx,
    };
  });
  return { nodes, edges };
}
