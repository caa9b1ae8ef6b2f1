import { expect, it } from 'vitest';
import { ManualClock } from '../../platform/clock/index.js';
import type { ObjectInfoService } from './object-info.service.js';
import { WorkflowReader } from './workflow-reader.js';

const saved = { nodes: [{ id: 1, type: 'Told', mode: 0, inputs: [], outputs: [] }], links: [] };
const told = { input: { required: {} }, output: [], output_name: [], output_node: true };

/** Knows the class once it has taken in what nodes told. */
class Knowledge {
  version = 'before';
  catches = 0;
  constructor(private readonly toldMeanwhile: boolean) {}

  infoOf(): unknown {
    return this.version === 'after' ? told : undefined;
  }
  async catchUp(): Promise<void> {
    this.catches += 1;
    if (this.toldMeanwhile) this.version = 'after';
    return Promise.resolve();
  }
}

const readerOf = (knowledge: Knowledge): WorkflowReader =>
  new WorkflowReader(knowledge as unknown as ObjectInfoService, new ManualClock());

it('takes in what nodes have told meanwhile before it calls a class missing', async () => {
  const { graph } = await readerOf(new Knowledge(true)).read(saved);
  expect(graph).toMatchObject({ 1: { class_type: 'Told' } });
});

it('asks once, and then says what is missing', async () => {
  const knowledge = new Knowledge(false);
  await expect(readerOf(knowledge).read(saved)).rejects.toMatchObject({ code: 'invalid_graph' });
  expect(knowledge.catches).toBe(1);
});
