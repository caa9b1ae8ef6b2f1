/** Every operation of an API document has a name that no other has: programs that are made of it call their functions so. */
import { operationsOf } from './operations.js';

/** Changes the document. Of several operations of one name the first keeps it, the others are told apart by their paths. */
export function nameOperationsApart<T extends { paths: object }>(document: T): T {
  const used = new Set<string>();
  for (const { path, method, operation } of operationsOf<{ operationId?: string }>(document.paths)) {
    const { operationId = method } = operation;
    operation.operationId = freeName(used, operationId, path);
    used.add(operation.operationId);
  }
  return document;
}

function freeName(used: ReadonlySet<string>, name: string, path: string): string {
  if (!used.has(name)) return name;
  const longer = name + wordsOf(path);
  let own = longer;
  for (let no = 2; used.has(own); no += 1) own = `${longer}${no}`;
  return own;
}

/** `/v1/tenants/{id}` is `V1TenantsId`. */
const wordsOf = (path: string): string =>
  path
    .split(/[^A-Za-z0-9]+/)
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join('');
