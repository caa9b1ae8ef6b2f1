/** What a named workflow may be: it is read, checked and filled as a whole, again and again; ten times what a person would write. */
import type { Graph } from '../../../modules/comfyui/index.js';
import { Fault } from '../../../platform/fault.js';

const nodesMax = 750;
const textLengthMax = 4 * 1024 * 1024;
const manifestValuesMax = 10_000;

/** `text` is the graph as JSON. Fault payload_too_large. */
export function refuseLargeGraph({ graph, text }: { graph: Graph; text: string }): void {
  if (Object.keys(graph).length > nodesMax)
    throw new Fault('payload_too_large', `A workflow with a manifest may have ${nodesMax} nodes.`);
  if (text.length > textLengthMax)
    throw new Fault('payload_too_large', `A workflow with a manifest may have ${textLengthMax} characters.`);
}

/** Looks at no more values than are taken. Fault payload_too_large. */
export function refuseLargeManifest(manifest: unknown): void {
  const open: unknown[] = [manifest];
  for (let count = 1; open.length > 0; count += 1) {
    const next = open.pop();
    const values = typeof next === 'object' && next !== null ? Object.values(next) : [];
    if (count + open.length + values.length > manifestValuesMax)
      throw new Fault('payload_too_large', `A manifest may hold ${manifestValuesMax} values.`);
    for (const value of values) open.push(value);
  }
}
