/** The measures of CONTRIBUTING.md: a folder is a table of contents, a class has few collaborators, a function few parameters. */
import ts from 'typescript';
import { expect, test } from 'vitest';
import { descendants, filesByFolder, isProductCode, parse, sourceFiles } from './source-tree.js';

const filesPerFolderMax = 15;
const collaboratorsMax = 7;
const parametersMax = 4;

const trees = sourceFiles().filter(isProductCode).map(parse);

function placesOf(found: (node: ts.Node) => string | undefined): string[] {
  return trees.flatMap((tree) =>
    [...descendants(tree)].flatMap((node) => {
      const what = found(node);
      return what === undefined ? [] : [`${tree.fileName}: ${what}`];
    }),
  );
}

test(`no folder holds more than ${filesPerFolderMax} files`, () => {
  const full = [...filesByFolder(sourceFiles())].filter(([, count]) => count > filesPerFolderMax);
  expect(full).toEqual([]);
});

test(`no class takes more than ${collaboratorsMax} collaborators`, () => {
  const crowded = placesOf((node) =>
    ts.isConstructorDeclaration(node) && node.parameters.length > collaboratorsMax
      ? `${node.parent.name?.text ?? 'a class'} takes ${node.parameters.length}`
      : undefined,
  );
  expect(crowded).toEqual([]);
});

test(`no function takes more than ${parametersMax} parameters`, () => {
  const long = placesOf((node) =>
    ts.isFunctionLike(node) && !ts.isConstructorDeclaration(node) && node.parameters.length > parametersMax
      ? `${node.name?.getText() ?? 'a function'} takes ${node.parameters.length}`
      : undefined,
  );
  expect(long).toEqual([]);
});
