/** The measures of CONTRIBUTING.md: a folder is a table of contents, a class has few collaborators, a function few parameters. */
import ts from 'typescript';
import { expect, test } from 'vitest';
import { descendants, filesByFolder, isProductCode, parse, sourceFiles } from './source-tree.js';

const filesPerFolderMax = 15;
const collaboratorsMax = 7;
const parametersMax = 4;

/** What is above a measure today, and is to come down; what is mended must leave this list. */
const toBeMended = {
  parameters: [
    'doors/ops/node.metrics.ts: oneOf takes 5',
    'modules/comfyui/domain/validation/blame.ts: walk takes 5',
    'modules/nodes/domain/inventory/nearest-name.ts: nextRow takes 5',
    'modules/scheduling/estimator/load-time.ts: observeLoad takes 5',
    'modules/scheduling/forecast/eta.ts: toEta takes 5',
    'modules/scheduling/nodes/attempts.ts: open takes 5',
    'modules/scheduling/nodes/attempts.ts: progressed takes 5',
    'modules/scheduling/nodes/attempts.ts: close takes 5',
    'modules/scheduling/queue/arrivals.ts: noteArrivals takes 5',
    'modules/scheduling/round/pick.ts: keyWith takes 5',
    'modules/scheduling/scaling/wanted-nodes.ts: shareOf takes 5',
    'modules/scheduling/score/index.ts: costS takes 5',
    'platform/database/embedded/cluster.ts: runInitdb takes 5',
    'platform/site/site.module.ts: a function takes 5',
    'programs/simulation/plot.ts: scale takes 5',
    'programs/simulation/plot.ts: gridLine takes 5',
    'programs/simulation/policies/ours.ts: progressed takes 5',
    'programs/simulation/policy.ts: progressed takes 5',
    'programs/simulator/execution/node-runner.ts: createNodeRun takes 5',
    'programs/simulator/execution/node-runner.ts: reportProgress takes 5',
    'programs/simulator/execution/signature.ts: ownSignature takes 5',
    'programs/simulator/nodes/output-path.ts: nextOutput takes 5',
    'programs/simulator/nodes/resize-image.ts: fitted takes 5',
    'programs/simulator/validation/input-errors.ts: notInList takes 5',
  ],
};

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
  expect(long).toEqual(toBeMended.parameters);
});
