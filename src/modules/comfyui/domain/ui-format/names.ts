/** Finds nodes by the names that file name prefixes use. */
import type { LoadedNode, Scope } from './links/scope.js';
import { textOf } from './values.js';

/** The root and every definition that it shows, each once. */
export function scopesIn(root: Scope): Scope[] {
  const seen = new Set([root]);
  for (const scope of seen)
    for (const { definition } of scope.nodes.values()) if (definition) seen.add(definition);
  return [...seen];
}

/** Widget values by node: the first of its `Node name for S&R`, which is its class unless it says otherwise, else of its title. */
export function widgetValues(scopes: Scope[]): (node: string, widget: string) => string | undefined {
  let known: Map<string, LoadedNode> | undefined;
  return (name, widget) => {
    known ??= namedNodes(scopes);
    const found = known.get(name)?.widgets.find((candidate) => candidate.name === widget);
    return found === undefined ? undefined : textOf(found.value);
  };
}

function namedNodes(scopes: Scope[]): Map<string, LoadedNode> {
  const nodes = scopes.flatMap((scope) => [...scope.nodes.values()]).toReversed();
  const titled = nodes.map((node) => [node.file.title ?? node.spec?.title ?? '', node] as const);
  const named = nodes.map((node) => {
    const name = node.file.properties['Node name for S&R'];
    return [typeof name === 'string' ? name : node.file.type, node] as const;
  });
  return new Map([...titled, ...named]);
}
