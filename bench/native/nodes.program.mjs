/**
 * Simulated nodes in a process of their own. A copy of every progress event goes straight to the client `tap` of its
 * node, so that one event can be timed on both ways; what left for the cluster is counted by prompt and kind. Previews
 * are bytes made beforehand: to encode them here would take the machine from what is measured. Those of the node
 * `stalled` are heavy, and soon fill the buffers of a client that does not read.
 */
import { randomBytes } from 'node:crypto';
import { startSimulatedNode } from '../../dist/programs/simulator/index.js';

const { count, stalled, stepMs, previewBytes, heavyPreviewBytes } = JSON.parse(process.argv[2]);
/** By prompt id: how many frames of each kind left. */
const sent = {};

function note(promptId, kind) {
  const kinds = (sent[promptId] ??= {});
  kinds[kind] = (kinds[kind] ?? 0) + 1;
}

function watch({ life }, preview) {
  const { hub } = life.context.life;
  const send = hub.send.bind(hub);
  hub.send = (type, data, clientId) => {
    if (!type.startsWith('progress')) return send(type, data, clientId);
    const { prompt_id, node } = data;
    note(prompt_id, type);
    if (type === 'progress') {
      note(prompt_id, 'preview');
      const names = { display_node_id: node, parent_node_id: null, real_node_id: node };
      const metadata = { node_id: node, prompt_id, ...names, image_type: 'image/jpeg' };
      hub.sendPreview(preview, metadata, clientId, 'before');
      send(type, data, 'tap');
    }
    send(type, data, clientId);
  };
}

const nodes = [];
for (let index = 0; index < count; index += 1) {
  const models = { checkpoints: [index === stalled ? 'stalled.safetensors' : 'sd15.safetensors'] };
  // The newest release that does not thin out progress: each step is an event.
  nodes.push(await startSimulatedNode({ name: `n${index}`, version: '0.9.1', models, stepMs, loadMs: 500 }));
}
nodes.forEach((node, index) =>
  watch(node, randomBytes(index === stalled ? heavyPreviewBytes : previewBytes)),
);
process.on('message', () => process.send({ sent }));
process.once(
  'disconnect',
  () => void Promise.all(nodes.map((node) => node.stop())).then(() => process.exit()),
);
process.send({ urls: nodes.map(({ url }) => url) });
