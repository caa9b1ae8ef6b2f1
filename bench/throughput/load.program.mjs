/**
 * Clients in a process of their own: each sends the next request when the last one is answered, for `seconds` or until `requests` are
 * answered. In `body` each `{seed}` becomes another number, so that no node has the graph cached, and `{client}` the number of the client. Reports what it saw, with the ids that
 * answers named.
 */
import { Agent, request, setGlobalDispatcher } from 'undici';

const {
  url,
  body,
  contentType,
  batchOf,
  clients,
  seconds,
  requests = Infinity,
} = JSON.parse(process.argv[2]);
const urls = [url].flat();
setGlobalDispatcher(new Agent({ connections: clients, pipelining: 1 }));

const headers = body === undefined ? {} : { 'content-type': contentType };
const method = body === undefined ? 'GET' : 'POST';
const firstSeed = Math.floor(Math.random() * 2 ** 40);
const tookMs = [];
const ids = [];
const faults = new Map();
let sent = 0;
const beganMs = performance.now();
const isOver = () => performance.now() - beganMs > seconds * 1000 || sent >= requests;

const oneBody = (no, seed) => body.replaceAll('{seed}', seed).replace('{client}', no);

/** Seeds of a batch leave those between them to it. */
function bodyOf(no) {
  if (batchOf === undefined) return oneBody(no, firstSeed + sent);
  const each = Array.from({ length: batchOf }, (_, at) => oneBody(no, firstSeed + sent * batchOf + at));
  return `{"jobs":[${each.join(',')}]}`;
}

async function ask(no) {
  const answer = await request(urls[sent % urls.length], {
    method,
    headers,
    body: body && Buffer.from(bodyOf(no), 'latin1'),
  });
  const text = await answer.body.text();
  if (answer.statusCode >= 300) throw new Error(`${answer.statusCode} ${text.slice(0, 300)}`);
  return text;
}

async function client(no) {
  while (!isOver()) {
    sent += 1;
    const fromMs = performance.now();
    try {
      const text = await ask(no);
      tookMs.push(performance.now() - fromMs);
      const id = /"(?:id|prompt_id|job_id)"\s*:\s*"([0-9a-f-]{36})"/.exec(text)?.[1];
      if (id !== undefined && ids.length < 100_000) ids.push(id);
    } catch (error) {
      faults.set(error.message, (faults.get(error.message) ?? 0) + 1);
    }
  }
}

async function run() {
  await Promise.all(Array.from({ length: clients }, (_, no) => client(no)));
  const sorted = tookMs.toSorted((a, b) => a - b);
  const at = (share) => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0;
  const spentS = (performance.now() - beganMs) / 1000;
  process.send({
    answered: tookMs.length,
    faults: [...faults],
    perSecond: tookMs.length / spentS,
    p50Ms: at(0.5),
    p99Ms: at(0.99),
    ids,
  });
}

process.once('message', () => void run());
process.send('ready');
process.once('disconnect', () => process.exit());
