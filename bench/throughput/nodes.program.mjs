/** Simulated nodes in a process of their own; a run is one step of `stepMs`. */
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
process.send({ urls: nodes.map(({ url }) => url) });
