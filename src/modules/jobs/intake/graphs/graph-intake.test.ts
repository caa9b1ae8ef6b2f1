import { gzipSync } from 'node:zlib';
import { pino } from 'pino';
import { expect, it } from 'vitest';
import { ManualClock } from '../../../../platform/clock/index.js';
import type { AssetsService } from '../../../assets/index.js';
import { ObjectInfoService } from '../../../fleet/index.js';
import { ClusterInventory, type NodesService } from '../../../nodes/index.js';
import { inventoryFrom } from '../../../nodes/domain/index.js';
import { GraphIntake } from './graph-intake.js';

const save = (choices: string[]) => ({
  Save: { input: { required: { name: [choices, {}] } }, output: [], output_node: true },
});
const graph = {
  1: { class_type: 'Save', inputs: { name: 'old' } },
  2: { class_type: 'Save', inputs: { name: 'new' } },
};

function factsOf(choices: string[]) {
  const text = JSON.stringify(save(choices));
  const sha256 = choices.join(' ');
  return {
    inventory: inventoryFrom(save(choices)),
    inventoryHash: sha256,
    objectInfo: { sha256, gzip: gzipSync(text) },
    probe: { version: '0.3.75' },
  };
}

/** One node, whose first document this replica has read already. */
async function cluster(choices: string[]) {
  const node: { facts: Partial<ReturnType<typeof factsOf>> } = { facts: factsOf(choices) };
  const nodes = {
    all: () => [{ answers: true, settings: { id: 'one' }, ...node }],
    changes: 0,
  } as unknown as NodesService;
  const classes = new ObjectInfoService(nodes, new ManualClock(), pino({ level: 'silent' }));
  await classes.catchUp();
  const assets = { findUpload: async () => null } as unknown as AssetsService;
  return { node, intake: new GraphIntake(new ClusterInventory(nodes), classes, assets) };
}

it('leaves out an output that no node can run, and says so', async () => {
  const { intake } = await cluster(['old']);
  expect(await intake.check(graph)).toMatchObject({ ok: true, outputs: ['1'], nodeErrors: { 2: {} } });
});

it('leaves no output out for what this replica has not looked at yet', async () => {
  const { intake, node } = await cluster(['old']);
  node.facts = factsOf(['old', 'new']);
  expect(await intake.check(graph)).toMatchObject({ ok: true, outputs: ['1', '2'], nodeErrors: {} });
});

it('leaves it to the node while the document of one is not known', async () => {
  const { intake, node } = await cluster(['old']);
  node.facts = { ...factsOf(['old']), objectInfo: undefined };
  expect(await intake.check(graph)).toMatchObject({ ok: true, outputs: ['1', '2'], nodeErrors: {} });
});
