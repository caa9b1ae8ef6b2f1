/** How `/v1` says that a graph cannot run: `details` has one entry for each thing that is wrong. */
import type { GraphProblem, RefusedGraph } from '../../modules/jobs/index.js';
import { Fault } from '../../platform/fault.js';

/** What a check found right. Fault invalid_graph. */
export function required<Checked extends { ok: true }>(checked: Checked | RefusedGraph): Checked {
  if (checked.ok) return checked;
  const [first] = checked.problems;
  const message = first === undefined ? checked.error.message : first.message;
  throw new Fault('invalid_graph', `the graph cannot be run: ${message}`, checked.problems.map(entryOf));
}

const entryOf = ({ code, message, nodeId, inputName, nodeClass, nodeIds }: GraphProblem) => ({
  code,
  message,
  ...(nodeId !== undefined && { graph_node: nodeId }),
  ...(inputName !== undefined && { input: inputName }),
  ...(nodeClass !== undefined && { class: nodeClass, graph_nodes: nodeIds }),
});
