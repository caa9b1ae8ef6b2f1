/**
 * Clients in a process of their own: each sends the next request when the last one is answered, for `seconds` or until `requests` are
 * answered. Reports what it saw, with the ids that answers named.
 */
import { Agent, setGlobalDispatcher } from 'undici';

const { url, bodies, clients, seconds, requests = Infinity } = JSON.parse(process.argv[2]);
setGlobalDispatcher(new Agent({ connections: clients, pipelining: 1 }));

const tookMs = [];
const ids = [];
let [failed, sent] = [0, 0];
const beganMs = performance.now();
const isOver = () => performance.now() - beganMs > seconds * 1000 || sent >= requests;

async function client() {
  while (!isOver()) {
    sent += 1;
    const fromMs = performance.now();
    const body = bodies && bodies[sent % bodies.length];
    const response = await fetch(
      url.replace('{n}', sent % 1000),
      body && { method: 'POST', headers: { 'content-type': 'application/json' }, body },
    ).catch(() => null);
    const text = (await response?.text().catch(() => '')) ?? '';
    if (!response?.ok) failed += 1;
    else tookMs.push(performance.now() - fromMs);
    const id = /"(?:id|prompt_id)"\s*:\s*"([0-9a-f-]{36})"/.exec(text)?.[1];
    if (id !== undefined && ids.length < 100_000) ids.push(id);
  }
}

async function run() {
  await Promise.all(Array.from({ length: clients }, client));
  const sorted = tookMs.toSorted((a, b) => a - b);
  const at = (share) => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0;
  const spentS = (performance.now() - beganMs) / 1000;
  process.send({
    answered: tookMs.length,
    failed,
    perSecond: tookMs.length / spentS,
    p50Ms: at(0.5),
    p99Ms: at(0.99),
    ids,
  });
}

process.once('message', () => void run());
process.send('ready');
process.once('disconnect', () => process.exit());
