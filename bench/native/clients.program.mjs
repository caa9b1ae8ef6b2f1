/**
 * WebSocket clients in a process of their own: of the cluster, and one `tap` at each node. Notes when each progress
 * event arrives on either way, counts the other frames by prompt and kind, and what names a job of somebody else. The
 * client `stalled` reads nothing until it is told to.
 */
import { once } from 'node:events';
import { WebSocket } from 'ws';

const { url, nodeUrls, clientIds, stalled } = JSON.parse(process.argv[2]);
/** `prompt id, value` → when it came. */
const [clusterMs, directMs] = [{}, {}];
const received = {};
const closed = {};
let statuses = 0;
let strangers = 0;
const ownerOf = new Map();

async function connect(base, clientId, hear) {
  const socket = new WebSocket(`${base.replace('http', 'ws')}/ws?clientId=${clientId}`);
  socket.on('message', hear);
  socket.on('error', () => undefined);
  await once(socket, 'open');
  socket.send('{"type": "feature_flags", "data": {"supports_preview_metadata": true}}');
  return socket;
}

function count(promptId, kind, clientId) {
  if (ownerOf.has(promptId) && ownerOf.get(promptId) !== clientId) strangers += 1;
  ownerOf.set(promptId, clientId);
  const kinds = (received[promptId] ??= {});
  kinds[kind] = (kinds[kind] ?? 0) + 1;
}

function hearCluster(clientId) {
  return (data, isBinary) => {
    const atMs = performance.now();
    if (isBinary) {
      const { prompt_id: promptId } = JSON.parse(data.subarray(8, 8 + data.readUInt32BE(4)).toString());
      count(promptId, 'preview', clientId);
      return;
    }
    const text = data.toString();
    if (text.startsWith('{"type": "status"')) {
      statuses += 1;
      return;
    }
    const { type, data: event } = JSON.parse(text);
    if (event.prompt_id === undefined) return;
    count(event.prompt_id, type, clientId);
    if (type === 'progress') clusterMs[`${event.prompt_id} ${event.value}`] = atMs;
  };
}

function hearNode(data, isBinary) {
  const atMs = performance.now();
  if (isBinary) return;
  const { type, data: event } = JSON.parse(data.toString());
  if (type === 'progress') directMs[`${event.prompt_id} ${event.value}`] = atMs;
}

for (const nodeUrl of nodeUrls) await connect(nodeUrl, 'tap', hearNode);
const sockets = new Map();
for (const clientId of clientIds) {
  const socket = await connect(url, clientId, hearCluster(clientId));
  socket.on('close', (code) => (closed[clientId] = { code, atMs: performance.now() }));
  sockets.set(clientId, socket);
}
// Only after the greeting: a socket that is paused at once would not even open.
sockets.get(stalled).pause();
process.on('message', (what) => {
  if (what === 'resume') sockets.get(stalled).resume();
  else process.send({ clusterMs, directMs, received, closed, statuses, strangers });
});
process.once('disconnect', () => process.exit());
process.send('connected');
