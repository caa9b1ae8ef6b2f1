/**
 * UI format to API format: what the editor would queue for this file on a cluster with these classes.
 * Pure; never throws for a file, whatever it holds; cost grows linearly with the file and the answer, which is bounded.
 */
import { atOnce, type Steps } from '../steps.js';
import { emitSteps } from './emit.js';
import { expandGroupNodes } from './file/group-nodes.js';
import { isUiWorkflow, readFileSteps, type WorkflowFile } from './file/read-file.js';
import { NodeNumbers, numberNodes, type NumberedFile } from './file/unique-ids.js';
import { Frames } from './links/frames.js';
import { ScopeLoader } from './links/load-scopes.js';
import { Resolver } from './links/resolve.js';
import { missingIn, unusableDefinitions } from './missing.js';
import { scopesIn, widgetValues } from './names.js';
import type { ConvertedWorkflow, ConvertOptions, SchemaOf, UiFault } from './types.js';
import { specReader, type SpecOf } from './widgets/class-spec.js';
import { Work } from './work.js';

const defaultMaxNodes = 10_000;
const maxFileNodes = 50_000;

export const convertUiWorkflow = (
  ui: unknown,
  schemaOf: SchemaOf,
  options: ConvertOptions = {},
): ConvertedWorkflow => atOnce(convertUiSteps(ui, schemaOf, options));

export function* convertUiSteps(
  ui: unknown,
  schemaOf: SchemaOf,
  options: ConvertOptions = {},
): Steps<ConvertedWorkflow> {
  const file = yield* readFileSteps(ui);
  if (file === undefined || !isUiWorkflow(ui)) return refused(notAWorkflow);
  const maxNodes = options.maxNodes ?? defaultMaxNodes;
  if (nodesOf(file) > maxFileNodes) return refused(tooLarge(maxFileNodes));
  const specOf = specReader(schemaOf);
  const numbers = new NodeNumbers(file.lastNodeId);
  const numbered = yield* expandGroupNodes(yield* numberNodes(file, numbers), {
    groups: file.groupNodes,
    numbers,
    specOf,
    maxNodes,
  });
  if (numbered === undefined) return refused(tooLarge(maxNodes));
  const unusable = unusableDefinitions(numbered.root, numbered.definitions);
  if (unusable) return refused(unusable);
  const converted = yield* convertNumbered(numbered, specOf, { ...options, maxNodes });
  return converted.ok ? { ...converted, ui } : converted;
}

type Converted = Omit<ConvertedWorkflow & { ok: true }, 'ui'> | { ok: false; faults: UiFault[] };

function* convertNumbered(
  numbered: NumberedFile,
  specOf: SpecOf,
  options: ConvertOptions & { maxNodes: number },
): Steps<Converted> {
  const root = yield* new ScopeLoader(numbered.definitions, specOf).load(numbered.root);
  const scopes = scopesIn(root);
  yield undefined;
  const faults = yield* missingIn(scopes);
  if (faults.length > 0) return { ok: false, faults };
  const work = new Work(options.maxNodes);
  const frames = new Frames(work);
  const tools = { frames, resolver: new Resolver(frames, work), work, widgetValue: widgetValues(scopes) };
  const { graph, problems } = yield* emitSteps(frames.root(root), tools, options);
  if (work.isSpent) return refused(tooLarge(options.maxNodes));
  const id = Object.keys(graph).find((key) => key === '__proto__' || key.length > maxIdLength);
  if (id !== undefined) return refused(unusableId(id));
  return { ok: true, graph, problems };
}

const maxIdLength = 256;

const nodesOf = ({ root, definitions }: WorkflowFile): number =>
  definitions.reduce((sum, { nodes }) => sum + nodes.length, root.nodes.length);

const refused = (fault: UiFault): { ok: false; faults: UiFault[] } => ({ ok: false, faults: [fault] });

const notAWorkflow: UiFault = {
  code: 'not_a_workflow',
  message: 'This is no workflow as the editor saves it: it has no list of nodes',
};

const tooLarge = (maxNodes: number): UiFault => ({
  code: 'too_large',
  message: `The workflow is too large: with its subgraphs expanded it may have ${maxNodes} nodes and 24 MiB of values`,
});

const unusableId = (id: string): UiFault => ({
  code: 'unusable_id',
  message: `No server takes a node whose id is "${id.slice(0, 40)}"`,
  nodeId: id.slice(0, maxIdLength),
});
