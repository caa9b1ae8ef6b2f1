import * as fc from 'fast-check';
import { expect, it } from 'vitest';

import { ancestorsOf, asLink, findCycle, linksOf, type Graph } from './graph.js';
import { looksLikeLink } from './input-values.js';
import { parseJson } from '../json/json.js';
import { sanitisePrompt, type SanitiseOptions } from './sanitise.js';

function mostly<T>(usual: fc.Arbitrary<T>): fc.Arbitrary<unknown> {
  return fc.oneof({ weight: 9, arbitrary: usual }, fc.anything());
}

const id = fc.constantFrom('1', '2', '3', '4', 'constructor', '__proto__', 'toString');
const wrapped = fc.oneof(fc.array(fc.jsonValue(), { maxLength: 2 }), fc.tuple(id, fc.nat(2)));
const value = fc.oneof(
  fc.tuple(id, fc.nat(3)),
  fc.tuple(id, fc.anything()),
  fc.record({ __value__: wrapped }),
  fc.jsonValue(),
  fc.constant(parseJson('18446744073709551615')),
  fc.anything(),
);
const node = fc.record({
  class_type: mostly(fc.constantFrom('SaveImage', 'A', 'Mystery')),
  inputs: mostly(fc.dictionary(fc.string(), value, { maxKeys: 3 })),
  _meta: fc.anything(),
});
const prompt = mostly(fc.dictionary(id, mostly(node), { maxKeys: 5 }));

const isOutput = (classType: string) => (classType === 'Mystery' ? undefined : classType === 'SaveImage');
const options = fc.constantFrom<SanitiseOptions>({}, { outputClasses: isOutput });

function accept(raw: unknown, chosen: SanitiseOptions) {
  const result = sanitisePrompt(raw, chosen);
  if (!result.ok) throw new Error(JSON.stringify(result.faults));
  return result;
}

/** What is wrong with an accepted graph. */
function dangers(graph: Graph, chosen: SanitiseOptions): string[] {
  const exists = (nodeId: string) => Object.hasOwn(graph, nodeId);
  const perNode = Object.entries(graph).flatMap(([nodeId, item]) => [
    ...(typeof item.class_type === 'string' && typeof item._meta?.title === 'string'
      ? []
      : [`${nodeId}: shape`]),
    ...linksOf(item).flatMap((link) => (exists(link.nodeId) ? [] : [`${nodeId}: link to ${link.nodeId}`])),
    ...Object.values(item.inputs).flatMap((input) =>
      !asLink(input) && looksLikeLink(input, exists) ? ['bad link'] : [],
    ),
  ]);
  const roots = Object.keys(graph).filter((nodeId) => isOutput(graph[nodeId]!.class_type) !== false);
  const useless = chosen.outputClasses ? Object.keys(graph).length - ancestorsOf(graph, roots).size : 0;
  return [
    ...perNode,
    ...(findCycle(graph) === undefined ? [] : ['cycle']),
    ...(useless === 0 ? [] : ['useless']),
  ];
}

it('sanitising never throws; what it accepts is safe, and is accepted again as it is', () => {
  let accepted = 0;
  fc.assert(
    fc.property(prompt, options, (raw, chosen) => {
      const result = sanitisePrompt(raw, chosen);
      if (!result.ok) return result.faults.length > 0;
      accepted++;
      expect(dangers(result.graph, chosen)).toEqual([]);
      expect(accept(result.graph, chosen)).toEqual({ ...result, dropped: [] });
      return accept(parseJson(result.text), chosen).text === result.text;
    }),
    { numRuns: 3_000 },
  );
  expect(accepted).toBeGreaterThan(100);
});
