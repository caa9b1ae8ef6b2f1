/** Nodes that live in the editor only, told by their type. A class that a node of the cluster knows is none of them. */
import type { NodeKind } from './scope.js';

const virtual = new Map<string, NodeKind>([
  ['Reroute', 'reroute'],
  ['Reroute (rgthree)', 'reroute'],
  ['PrimitiveNode', 'primitive'],
  ['SetNode', 'set'],
  ['GetNode', 'get'],
  ['easy setNode', 'set'],
  ['easy getNode', 'get'],
  ...[
    'Note',
    'MarkdownNote',
    'Label (rgthree)',
    'Bookmark (rgthree)',
    'Fast Bypasser (rgthree)',
    'Fast Muter (rgthree)',
    'Fast Groups Bypasser (rgthree)',
    'Fast Groups Muter (rgthree)',
    'Fast Actions Button (rgthree)',
    'Mute / Bypass Relay (rgthree)',
    'Mute / Bypass Repeater (rgthree)',
    'Node Collector (rgthree)',
    'Node Combiner (rgthree)',
    'Random Unmuter (rgthree)',
    'LabelNode',
    'Note Plus (mtb)',
  ].map((type): [string, NodeKind] => [type, 'note']),
]);

export const virtualKind = (type: string): NodeKind | undefined => virtual.get(type);
