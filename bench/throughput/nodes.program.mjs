/** Simulated nodes in a process of their own; a run is one step of `stepMs`. Reports when runs began and ended, in epoch milliseconds, by node. */
import { startSimulatedNode } from '../../dist/programs/simulator/index.js';

const { count, stepMs } = JSON.parse(process.argv[2]);
const models = { checkpoints: ['sd15.safetensors'] };
const nodes = await Promise.all(
  Array.from({ length: count }, (_, index) =>
    startSimulatedNode({ name: `n${index}`, models, stepMs, loadMs: 1 }),
  ),
);
process.once(
  'disconnect',
  () => void Promise.all(nodes.map((node) => node.stop())).then(() => process.exit()),
);
process.on('message', () =>
  process.send(
    nodes.map((node) =>
      node
        .record()
        .filter(({ outcome }) => outcome === 'success')
        .map(({ startedAt, finishedAt }) => ({ beganMs: startedAt, endedMs: finishedAt })),
    ),
  ),
);
process.send({ urls: nodes.map(({ url }) => url) });
