/** What is wrong with a refused graph, one entry for each thing, for doors that do not speak ComfyUI's words. */
import type { Graph, GraphFault, NodeErrors, PromptError } from '../../../comfyui/index.js';

export interface GraphProblem {
  code: string;
  /** One sentence for the author of the graph. */
  message: string;
  nodeId?: string;
  inputName?: string;
  /** A node class that nobody has, and the nodes of the graph that are of it. */
  nodeClass?: string;
  nodeIds?: string[];
}

const listedMax = 50;
const nodesListedMax = 100;

export const problemsOfFaults = (faults: readonly GraphFault[]): GraphProblem[] =>
  faults.slice(0, listedMax).map((fault) => ({ ...fault }));

export function problemsOf(
  graph: Graph,
  { error, nodeErrors }: { error: PromptError; nodeErrors: NodeErrors },
  isKnown: (nodeClass: string) => boolean,
): GraphProblem[] {
  if (error.type === 'missing_node_type') return missingClasses(graph, isKnown);
  const problems = Object.entries(nodeErrors).flatMap(([nodeId, { errors }]) =>
    errors.map(({ type, message, details, extra_info: { input_name: name } }) => ({
      code: type,
      message: `${message}: ${details}`,
      nodeId,
      ...(typeof name === 'string' && { inputName: name }),
    })),
  );
  return problems.length === 0
    ? [{ code: error.type, message: error.message }]
    : problems.slice(0, listedMax);
}

function missingClasses(graph: Graph, isKnown: (nodeClass: string) => boolean): GraphProblem[] {
  const idsByClass = new Map<string, string[]>();
  for (const [id, { class_type: nodeClass }] of Object.entries(graph))
    if (!isKnown(nodeClass)) idsByClass.set(nodeClass, [...(idsByClass.get(nodeClass) ?? []), id]);
  return [...idsByClass].slice(0, listedMax).map(([nodeClass, ids]) => ({
    code: 'missing_node_type',
    message: `no node has the node class ${nodeClass}`,
    nodeClass,
    nodeIds: ids.slice(0, nodesListedMax),
  }));
}
