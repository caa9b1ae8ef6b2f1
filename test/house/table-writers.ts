/** Which part of the house writes which table, as read from the SQL and the Prisma calls in its code. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { descendants, isProductCode, parse, sourceDir, sourceFiles } from './source-tree.js';

const schemaPath = join(sourceDir, '../prisma/schema.prisma');
const sqlWrite = /\b(?:insert\s+into|update|delete\s+from|merge\s+into)\s+"?([a-z_]+)"?(?=\s|\(|$)/gi;
const prismaWrites = new Set([
  'create',
  'createMany',
  'update',
  'updateMany',
  'upsert',
  'delete',
  'deleteMany',
]);

/** `job_input` of `JobInput`, for every model. */
export function tablesByModel(): Map<string, string> {
  const schema = readFileSync(schemaPath, 'utf8');
  return new Map(
    [...schema.matchAll(/^model (\w+) \{[^]*?@@map\("(\w+)"\)/gm)].map(([, model = '', table = '']) => [
      `${model[0]?.toLowerCase()}${model.slice(1)}`,
      table,
    ]),
  );
}

/** `modules/jobs` of `modules/jobs/record/jobs.store.ts`. */
const partOf = (path: string): string => path.split('/').slice(0, 2).join('/');

/** Sorted names of parts by table. */
export function writersByTable(): Map<string, string[]> {
  const models = tablesByModel();
  const tables = new Set(models.values());
  const writers = new Map<string, Set<string>>();
  const note = (table: string | undefined, path: string): void => {
    if (table === undefined || !tables.has(table)) return;
    writers.set(table, (writers.get(table) ?? new Set()).add(partOf(path)));
  };
  for (const path of sourceFiles().filter(isProductCode))
    for (const node of descendants(parse(path))) {
      for (const [, table] of textOf(node).matchAll(sqlWrite)) note(table?.toLowerCase(), path);
      note(models.get(prismaModelWritten(node) ?? ''), path);
    }
  return new Map([...writers].map(([table, parts]) => [table, [...parts].toSorted()]));
}

/** The text of a string or of a piece of a template. */
function textOf(node: ts.Node): string {
  return ts.isStringLiteralLike(node) || ts.isTemplateHead(node) || ts.isTemplateMiddleOrTemplateTail(node)
    ? node.text
    : '';
}

/** `node` of `prisma.node.update(…)`. */
function prismaModelWritten(node: ts.Node): string | undefined {
  if (!ts.isCallExpression(node) || !ts.isPropertyAccessExpression(node.expression)) return undefined;
  const { name, expression } = node.expression;
  return prismaWrites.has(name.text) && ts.isPropertyAccessExpression(expression)
    ? expression.name.text
    : undefined;
}
