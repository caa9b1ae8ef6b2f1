/**
 * Open consoles in a process of their own: each has its stream, reads what the overview reads when it comes, again at the intervals
 * that the console has, and its lists some time after a job changed. Nothing is drawn. Says `ready` when all are open; `begin` starts
 * the measured time, `report` ends it.
 */
import { Agent as StreamAgent, get } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { Agent, request, setGlobalDispatcher } from 'undici';

const { url, consoles, rampMs, stream, first, every, afterJobs, settleMs } = JSON.parse(process.argv[2]);
// A browser keeps its connections; six of one console are never busy at once here.
setGlobalDispatcher(new Agent({ connections: consoles, pipelining: 1, keepAliveTimeout: 60_000 }));
const streams = new StreamAgent({ maxSockets: Infinity });
/** Readers whose events are parsed. The others only look whether a job is told: parsers would measure themselves. */
const parsedMax = 10;
const ended = /"state":"succeeded".{0,2000}?"finished_at":"([^"]+)"/g;
const jobEvent = Buffer.from('event: job\n');

let tookMs = [];
let delaysMs = [];
let bytes = 0;
let faults = new Map();

async function ask(path) {
  const fromMs = performance.now();
  try {
    const answer = await request(`${url}${path}`);
    bytes += (await answer.body.arrayBuffer()).byteLength;
    if (answer.statusCode !== 200) throw new Error(`${answer.statusCode} ${path}`);
    tookMs.push(performance.now() - fromMs);
  } catch (error) {
    faults.set(error.message, (faults.get(error.message) ?? 0) + 1);
  }
}

const jittered = (ms) => ms * (0.5 + Math.random());

function readLists() {
  let timer;
  return () => {
    timer ??= setTimeout(() => {
      timer = undefined;
      for (const path of afterJobs) void ask(path);
    }, jittered(settleMs));
  };
}

function hear(response, isParsed, changed) {
  const openedAtMs = Date.now();
  response.on('error', () => undefined);
  response.on('data', (chunk) => {
    bytes += chunk.length;
    if (chunk.includes(jobEvent)) changed();
    if (!isParsed) return;
    const nowMs = Date.now();
    // What ended before is told once more to who has just come.
    for (const [, at] of chunk.toString('utf8').matchAll(ended))
      if (Date.parse(at) > openedAtMs) delaysMs.push(nowMs - Date.parse(at));
  });
}

async function open(no) {
  await sleep((no / consoles) * rampMs);
  const response = await new Promise((resolve, reject) => {
    get(`${url}${stream}`, { agent: streams }, resolve).once('error', reject);
  });
  hear(response, no % Math.ceil(consoles / parsedMax) === 0, readLists());
  await Promise.all(first.map(ask));
  for (const { path, seconds } of every) {
    // Each began when its page was opened.
    setTimeout(() => setInterval(() => void ask(path), seconds * 1000), Math.random() * seconds * 1000);
  }
}

const at = (values, share) => {
  const sorted = values.toSorted((one, other) => one - other);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? null;
};

function begin() {
  [tookMs, delaysMs, bytes, faults] = [[], [], 0, new Map()];
}

process.on('message', (what) => {
  if (what === 'begin') return begin();
  process.send({
    asked: tookMs.length,
    tookMs,
    delaysMs,
    p99Ms: at(tookMs, 0.99),
    bytes,
    faults: [...faults],
  });
});
await Promise.all(Array.from({ length: consoles }, (_, no) => open(no)));
process.send('ready');
process.once('disconnect', () => process.exit());
