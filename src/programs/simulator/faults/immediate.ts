import { randomUUID } from 'node:crypto';
import type { ModelFiles } from '../nodes/model-files.js';
import type { ServerLife } from '../server-life.js';
import { parseJson } from '../wire/json-parse.js';
import type { Dict } from '../wire/values.js';
import type { FaultKind, FaultOf, FaultSpec } from './fault-board.js';
import { foreignPrompt, openEnds } from './foreign-prompt.js';

/** What immediate faults act on; `life` is absent before the first start. */
export interface Struck {
  readonly life: ServerLife | undefined;
  exit(backAfterMs?: number): void;
  restart(downMs?: number): Promise<void>;
  models(): ModelFiles;
  setModels(models: ModelFiles): void;
}

/** True: done; false: nothing to act on yet, so lie in wait. */
type Strike<Kind extends FaultKind> = (node: Struck, spec: FaultOf<Kind>) => boolean;

const strikes: { [Kind in FaultKind]?: Strike<Kind> } = {
  exit: (node, spec) => done(node.exit(spec.backAfterMs)),
  restart: (node, spec) => done(void node.restart(spec.downMs)),
  'drop-sockets': (node, spec) => done(node.life?.dropSockets(spec.scope ?? 'all')),
  'clear-history': (node) => done(node.life?.context.life.history.entries.clear()),
  'poison-history': poison,
  'foreign-prompt': (node, spec) => done(queueForeign(node, spec)),
  'set-models': (node, spec) => done(node.setModels(spec.models)),
  'add-model': (node, { folder, file }) =>
    done(editFolder(node, folder, (files) => [...new Set([...files, file])])),
  'remove-model': (node, { folder, file }) =>
    done(editFolder(node, folder, (files) => files.filter((name) => name !== file))),
};

/** Does at once what can be done at once; false for faults that wait for their moment. */
export function strikeNow(node: Struck, spec: FaultSpec): boolean {
  const strike = strikes[spec.kind] as Strike<FaultKind> | undefined;
  return strike === undefined ? false : strike(node, spec);
}

const done = (_effect: void): true => true;

function poison(node: Struck, { promptId }: FaultOf<'poison-history'>): boolean {
  const entry = promptId === undefined ? undefined : node.life?.context.life.history.entries.get(promptId);
  if (entry !== undefined) entry.poisoned = true;
  return entry !== undefined;
}

function editFolder(node: Struck, folder: string, edit: (files: readonly string[]) => string[]): void {
  node.setModels({ ...node.models(), [folder]: edit(node.models()[folder] ?? []) });
}

function queueForeign({ life: server }: Struck, spec: FaultOf<'foreign-prompt'>): void {
  if (server === undefined || server.hasEnded) return;
  const { life, record } = server.context;
  const prompt =
    spec.prompt === undefined
      ? foreignPrompt(spec.steps ?? 4)
      : (parseJson(JSON.stringify(spec.prompt)) as Dict);
  const promptId = randomUUID();
  const number = life.counter;
  life.counter += 1;
  const entry = record.accept({ promptId, clientId: null, number, life: life.number });
  life.queue.put({
    number,
    promptId,
    prompt,
    extraData: new Map([['create_time', Date.now()]]),
    outputs: openEnds(prompt),
    entry,
  });
}
