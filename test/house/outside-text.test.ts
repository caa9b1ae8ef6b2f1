/** What is read without a throw: URLs and percent signs from outside by `platform/outside-text`, times of the database by `platform/database`. */
import ts from 'typescript';
import { expect, test } from 'vitest';
import { findInSources } from './sources.js';

/** Code that reads what is no text from outside any more, with the reason. */
const checkedBefore: Record<string, string> = {
  'src/platform/outside-text/index.ts': 'the place itself',
  'src/modules/nodes/watching/node-monitor.ts': 'a registered address, checked on its way in',
  'src/modules/dispatch/agents/node-agent.ts': 'a registered address, checked on its way in',
  'src/doors/native/node-streams.ts': 'a registered address, checked on its way in',
  'src/modules/nodes/domain/discovery/node-file.ts': 'checked by the schema above it',
  'src/modules/comfyui/socket/socket.ts': 'a copy of a URL',
  'src/programs/simulator/http/router.ts': 'caught there; the simulator shares no code with the service',
  'src/programs/simulator/http/http-server.ts': 'asked before',
  'src/programs/simulator/http/origin-check.ts': 'asked before',
  'src/programs/cli/api/api.ts': 'the server of the settings, checked there',
  'src/programs/cli/commands/doctor.ts': 'the server of the settings, checked there',
  'src/programs/cli/commands/results.ts': 'asked before',
  'src/modules/nodes/discovery/kubernetes/api.ts': 'configuration, checked at the start',
};

const throwing = new Set(['decodeURIComponent', 'decodeURI']);

test('no code parses URLs or percent signs by what throws', () => {
  const found = findInSources((node) => {
    if (ts.isNewExpression(node) && node.expression.getText() === 'URL') {
      const isOwnFile = node.arguments?.[1]?.getText() === 'import.meta.url';
      return isOwnFile ? undefined : node.getText();
    }
    return ts.isIdentifier(node) && throwing.has(node.text) ? node.parent.getText() : undefined;
  });
  expect(found.filter(({ file }) => !(file in checkedBefore))).toEqual([]);
});

test('no statement takes one time from another: PostgreSQL before 17 refuses it where one of them is infinite', () => {
  const found = findInSources((node) =>
    ts.isNoSubstitutionTemplateLiteral(node) || ts.isTemplateExpression(node) || ts.isStringLiteral(node)
      ? /extract\(epoch FROM [\w.]+(?:\([^)]*\))? - /.exec(node.getText())?.[0]
      : undefined,
  );
  expect(found).toEqual([]);
});
