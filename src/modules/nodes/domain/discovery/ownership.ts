/**
 * Who may change what of a node. An operator drains and disables any node, and changes everything of those registered
 * by the API or named in NODES. What a source states would come back with its next word, so it is changed there.
 */
export function ruledBySource(source: string): readonly ('url' | 'weight' | 'labels')[] {
  if (source === 'file' || source.startsWith('kubernetes:')) return ['url', 'weight', 'labels'];
  return source.startsWith('dns:') ? ['url'] : [];
}
