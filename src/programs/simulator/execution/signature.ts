import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { uploadInputs, type ObjectInfo } from '../nodes/object-info.js';
import type { Folders } from '../state/folders.js';
import { classTypeOf, inputsOfNode, nodeOf } from '../validation/graph-error.js';
import { writeJson } from '../wire/json-write.js';
import { isDict, isLink, type Dict, type Value } from '../wire/values.js';

/**
 * Cache keys of all nodes of a prompt: class, literal inputs, fingerprints of uploaded files, and the same of all
 * ancestors; node ids only for classes that ask for theirs. Throws `PyError` for a node without inputs or a link to a
 * missing node, also in places validation never looks at: that is what ends the server's worker thread.
 */
export function signaturesOf(prompt: Dict, info: ObjectInfo, folders: Folders): Map<string, string> {
  const known = new Map<string, string>();
  const open = new Set<string>();
  const signature = (id: string): string => {
    const done = known.get(id);
    if (done !== undefined || open.has(id)) return done ?? 'cycle';
    open.add(id);
    const text = ownSignature(id, nodeOf(prompt, id), signature, info, folders);
    const hash = createHash('sha1').update(text).digest('hex');
    known.set(id, hash);
    return hash;
  };
  for (const id of prompt.keys()) signature(id);
  return known;
}

function ownSignature(
  id: string,
  node: Dict,
  signature: (id: string) => string,
  info: ObjectInfo,
  folders: Folders,
): string {
  const className = classTypeOf(node);
  const parts = [className, wantsOwnId(info.get(className)) ? id : ''];
  for (const [name, value] of [...inputsOfNode(node)].toSorted(([a], [b]) => (a < b ? -1 : 1))) {
    if (isLink(value)) parts.push(`${name}<-${signature(value[0])}.${writeJson(value[1])}`);
    else parts.push(`${name}=${writeJson(value)}${fingerprint(`${className}.${name}`, value, folders)}`);
  }
  return parts.join('\n');
}

function wantsOwnId(info: Dict | undefined): boolean {
  const hidden = (info?.get('input') as Dict | undefined)?.get('hidden');
  return (
    isDict(hidden) &&
    [...hidden.values()].some((kind) => kind === 'UNIQUE_ID' || writeJson(kind) === '["UNIQUE_ID"]')
  );
}

/** Read at each prompt's start. A file that cannot be read never equals anything, as NaN does in the server. */
function fingerprint(input: string, value: Value, folders: Folders): string {
  if (!uploadInputs.has(input) || typeof value !== 'string') return '';
  const file = folders.findAnnotated(value);
  return file === undefined
    ? `#${Math.random()}`
    : `#${createHash('sha256').update(readFileSync(file)).digest('hex')}`;
}
