import type { WorkflowFault } from './definition.js';
import { isLink, isRecord, plainValue } from './graph.js';

/** Every reason why a file's content is not a graph in API format, each with the node and field it lies in. */
export function graphFaults(file: string, graph: unknown): WorkflowFault[] {
  if (!isRecord(graph)) return [{ file, message: 'must be an object of nodes' }];
  if (Array.isArray(graph['nodes']))
    return [{ file, field: 'nodes', message: 'is the web UI format; export the workflow in API format' }];
  if (Object.keys(graph).length === 0) return [{ file, message: 'has no nodes' }];
  return Object.entries(graph).flatMap(([id, node]) => nodeFaults(file, graph, id, node));
}

function nodeFaults(
  file: string,
  graph: Record<string, unknown>,
  id: string,
  node: unknown,
): WorkflowFault[] {
  const fault = (field: string, message: string) => ({ file, node: id, field, message });
  if (!isRecord(node)) return [{ file, node: id, message: 'must be an object' }];
  const faults: WorkflowFault[] = [];
  const { class_type: nodeClass, inputs, _meta: meta } = node;
  if (typeof nodeClass !== 'string' || nodeClass === '')
    faults.push(fault('class_type', 'must be the name of a node class'));
  if (meta !== undefined && !isRecord(meta)) faults.push(fault('_meta', 'must be an object'));
  if (!isRecord(inputs)) return [...faults, fault('inputs', 'must be an object')];
  for (const [field, value] of Object.entries(inputs)) {
    const message = isLink(value) ? linkFault(graph, value) : undefined;
    if (message !== undefined) faults.push(fault(field, message));
  }
  return faults;
}

function linkFault(graph: Record<string, unknown>, link: unknown[]): string | undefined {
  const [source, slot] = link.map(plainValue);
  if (link.length !== 2 || typeof source !== 'string' || !Number.isInteger(slot) || Number(slot) < 0)
    return 'must be a link [node id, slot]; a literal list is written {"__value__": […]}';
  return Object.hasOwn(graph, source) ? undefined : `links to node ${source}, which does not exist`;
}
