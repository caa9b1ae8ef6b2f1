/** The nodes whose results a caller wants: what is saved, and what is only shown where nothing is saved. */
import type { WorkflowManifest } from '../manifest.js';
import type { GraphFacts } from './facts.js';

type Output = WorkflowManifest['outputs'][number];
type Kind = Output['kind'];

const kinds: [RegExp, Kind][] = [
  [/SaveAnimated(WEBP|PNG)/i, 'image'],
  [/audio/i, 'audio'],
  [/video|webm|movie/i, 'video'],
  [/text|string|any|json/i, 'text'],
  [/latent|3d|glb|mesh|splat|pointcloud|svg|model|lora|clip|vae/i, 'file'],
];

export function proposeOutputs(facts: GraphFacts): Output[] {
  const nodes = Object.entries(facts.graph).filter(([id, { class_type: nodeClass }]) => {
    const known = facts.schemaOf(nodeClass)?.isOutputNode;
    return known ?? (facts.isSink(id) && /save|preview|combine|output/i.test(nodeClass));
  });
  const saved = nodes.filter(
    ([, { class_type: nodeClass }]) => !/preview|compar|show|display/i.test(nodeClass),
  );
  return (saved.length > 0 ? saved : nodes)
    .slice(0, 64)
    .map(([node, { class_type: nodeClass, _meta: meta }]) => ({
      node,
      kind: kinds.find(([pattern]) => pattern.test(nodeClass))?.[1] ?? 'image',
      ...(meta?.title !== undefined && meta.title !== nodeClass ? { title: meta.title.slice(0, 200) } : {}),
    }));
}
