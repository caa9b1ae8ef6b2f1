/** One run: a cluster, jobs, faults, and the invariants after every step (their numbers are those of the design). */
import { runsLostMax } from '../../src/modules/jobs/domain/retry.js';
import { isTerminal } from '../../src/modules/jobs/domain/states.js';
import { defaultOptions } from '../../src/modules/scheduling/index.js';
import { type Rng, stream } from '../../src/programs/simulation/rng.js';
import { type Run, type Script, SimulatedNode } from './node.js';
import { SimulatedReplica, timings } from './replica.js';
import { type Attempt, type Place, Store } from './store.js';
import { must, World } from './world.js';

export interface SimulationOptions {
  seed: number;
  jobs?: number;
  faults?: number;
  comparesVersions?: boolean;
}

export interface Simulated {
  log: string;
  steps: number;
  simulatedMs: number;
  runs: number;
  reruns: Map<string, number>;
  states: Map<string, number>;
  handedOver: number;
  takenBack: number;
}

const faultsUntilMs = 600_000;
const horizonMs = 7_200_000;
const longestRunS = 30;
/** Every job has one class: what a lead in the order may come from is the pause of a hold and the bias for short work. */
const overtakingBoundS = defaultOptions.holdMs / 1000 + longestRunS;
const stopped = new Set(['oom', 'node_fault', 'interrupted', 'timeout', 'collect_error']);
const errors = [undefined, 'torch.OutOfMemoryError', 'torch.AcceleratorError', 'ValueError'];

/** Throws `Violation`. */
export function simulate({
  seed,
  jobs = 60,
  faults = 60,
  comparesVersions = true,
}: SimulationOptions): Simulated {
  const world = new World(seed);
  const store = new Store(world, comparesVersions);
  const reruns = new Map<string, number>();
  const nodes = new Map<string, SimulatedNode>();
  const script = scriptOf(stream(seed, 'runs'));
  const started = (node: SimulatedNode, promptId: string): void =>
    checkStart(node, promptId, store, nodes, reruns);
  for (let index = 1; index <= 4; index += 1)
    nodes.set(`n${index}`, new SimulatedNode(`n${index}`, world, script, started));
  const placing = (placements: readonly Place[]): void => checkOrder(placements, store);
  const replicas = [1, 2, 3].map((index) => new SimulatedReplica(`r${index}`, world, store, nodes, placing));
  for (const replica of replicas) replica.start();
  submitAll(world, store, jobs);
  breakThings(world, store, [...nodes.values()], replicas, faults);
  const isOver = (): boolean =>
    world.nowMs > faultsUntilMs &&
    store.submitted === jobs &&
    [...store.jobs.values()].every(({ state }) => isTerminal(state));
  const ended = world.run(horizonMs, () => check(store), isOver);
  must(ended, 'I8: every job ends');
  for (const job of store.jobs.values()) checkEnd(job.id, store, nodes);
  const states = new Map<string, number>();
  for (const { state } of store.jobs.values()) states.set(state, (states.get(state) ?? 0) + 1);
  return {
    log: world.log.join('\n'),
    steps: world.steps,
    simulatedMs: world.nowMs,
    runs: [...nodes.values()].reduce((sum, node) => sum + node.runs.length, 0),
    reruns,
    states,
    handedOver: store.handedOver,
    takenBack: store.takenBack().length,
  };
}

function check(store: Store): void {
  must(store.jobs.size === store.submitted, 'I1: what was submitted is there');
  const open = store.open();
  must(new Set(open.map(({ jobId }) => jobId)).size === open.length, 'I3: one open attempt a job');
  const occupied = store.occupied();
  must(
    new Set(occupied.map(({ nodeId, slot }) => `${nodeId}/${slot}`)).size === occupied.length,
    'I4: one attempt a slot',
  );
  for (const { jobId } of open)
    must(store.jobs.get(jobId)!.state === 'active', 'I2: an open attempt belongs to an active job');
}

/** I5: a run begins only when every earlier run of its job has a closed attempt that says why. */
function checkStart(
  node: SimulatedNode,
  promptId: string,
  store: Store,
  nodes: ReadonlyMap<string, SimulatedNode>,
  reruns: Map<string, number>,
): void {
  const attempt = store.attempts.get(promptId)!;
  must(attempt.nodeId === node.id, 'I5: a prompt runs on its own node');
  const runs = [...nodes.values()].flatMap((other) => other.runs.map((run) => ({ ...run, node: other })));
  must(runs.filter((run) => run.promptId === promptId).length === 1, 'I5: a prompt runs once');
  // What landed after its attempt was given up is the reaper's.
  if (attempt.closedMs !== undefined) {
    must(!store.takenBack().includes(attempt), `I5: ${promptId} runs although it was taken back`);
    return count(reruns, `${attempt.outcome}: landed late`);
  }
  for (const run of runs) {
    const earlier = store.attempts.get(run.promptId)!;
    if (earlier === attempt || earlier.jobId !== attempt.jobId) continue;
    // After the settle time: between the reads that showed nothing, or after the attempt was closed.
    const landedLate =
      earlier.closedMs !== undefined && run.arrivedMs >= earlier.sendDeadlineMs + timings.settleMs;
    const reason = landedLate ? `${earlier.outcome}: landed late` : reasonOf(earlier, run);
    must(
      reason !== undefined,
      `I5: ${promptId} runs although ${run.promptId} did (${earlier.outcome ?? 'open'}, ${run.outcome ?? 'live'})`,
    );
    count(reruns, reason ?? '');
  }
}

function reasonOf({ outcome, outOfReach }: Attempt, run: Run & { node: SimulatedNode }): string | undefined {
  if (outcome !== undefined && stopped.has(outcome)) return outcome;
  if (outcome === 'node_lost' && outOfReach) return 'node_lost: out of reach';
  // Absent at a node that answers: it was restarted, or its history was cleared.
  const isForgotten = run.outcome !== undefined && run.node.forgotMs >= run.startedMs;
  return isForgotten && (outcome === 'node_lost' || outcome === 'not_arrived' || outcome === 'withdrawn')
    ? `${outcome}: forgotten`
    : undefined;
}

/** I9: nobody is overtaken by much on a node that could have served him. */
function checkOrder(placements: readonly Place[], store: Store): void {
  const placed = new Set(placements.map(({ jobId }) => jobId));
  const left = [...store.jobs.values()].filter(({ id, state }) => state === 'queued' && !placed.has(id));
  for (const { jobId, nodeId } of placements) {
    const { effKey } = store.jobs.get(jobId)!;
    for (const other of left)
      must(
        other.avoid.has(nodeId) || effKey <= other.effKey + overtakingBoundS,
        `I9: ${jobId} overtakes ${other.id} by ${effKey - other.effKey} s`,
      );
  }
}

function checkEnd(jobId: string, store: Store, nodes: ReadonlyMap<string, SimulatedNode>): void {
  const job = store.jobs.get(jobId)!;
  const attempts = [...store.attempts.values()].filter((attempt) => attempt.jobId === jobId);
  const oks = attempts.filter(({ outcome }) => outcome === 'ok');
  must(oks.length === (job.state === 'succeeded' ? 1 : 0), 'I6: success is recorded once');
  for (const { promptId, nodeId } of oks)
    must(
      nodes.get(nodeId)!.runs.some((run) => run.promptId === promptId && run.outcome === 'execution_success'),
      'I6: success has a run',
    );
  // One that was out of reach may have succeeded late.
  const runsLost = attempts.filter(
    ({ outcome, outOfReach, runningAtMs }) =>
      (outcome === 'node_lost' || outOfReach) && runningAtMs !== undefined,
  ).length;
  must(runsLost <= runsLostMax, 'I5: runs that are lost are bounded');
  must(
    attempts.length <= 1 + job.attemptsJob + job.attemptsInfra + runsLost + store.takenBack(jobId).length,
    'I5: tries are charged',
  );
}

function submitAll(world: World, store: Store, jobs: number): void {
  const rng = stream(world.seed, 'jobs');
  for (let no = 1; no <= jobs; no += 1) {
    const atMs = rng.int(faultsUntilMs);
    const cancelAfterMs = rng.next() < 0.1 ? rng.int(60_000) : undefined;
    const deadlineMs = rng.next() < 0.1 ? atMs + rng.int(120_000) : Infinity;
    world.after(atMs, () => {
      const job = {
        id: `j${no}`,
        effKey: world.nowMs / 1000,
        createdMs: world.nowMs,
        deadlineMs,
        state: 'queued' as const,
        notBeforeMs: 0,
        attemptsJob: 0,
        attemptsInfra: 0,
        avoid: new Set<string>(),
        cancelRequested: false,
      };
      store.jobs.set(job.id, job);
      store.submitted += 1;
      if (cancelAfterMs !== undefined) world.after(cancelAfterMs, () => store.cancel(job));
    });
  }
}

function breakThings(
  world: World,
  store: Store,
  nodes: SimulatedNode[],
  replicas: SimulatedReplica[],
  faults: number,
): void {
  const rng = stream(world.seed, 'faults');
  const one = <T>(items: readonly T[]): T => items[rng.int(items.length)]!;
  const kinds: [name: string, strike: () => void][] = [
    ['crash', () => one(replicas).crash(rng.int(10_000))],
    ['pause', () => (one(replicas).pausedUntilMs = world.nowMs + rng.int(25_000))],
    ['forgotten heartbeats', () => store.heartbeats.clear()],
    ['two leaders', () => Object.assign(store.leader, { replica: one(replicas).id })],
    [
      'database away',
      () => {
        store.away = true;
        world.after(rng.int(30_000), () => (store.away = false));
      },
    ],
    ['restart', () => one(nodes).restart(rng.int(20_000))],
    [
      'out of reach',
      () => {
        const node = one(nodes);
        node.outOfReach = true;
        world.after(rng.int(120_000), () => (node.outOfReach = false));
      },
    ],
    ['lie', () => one(nodes).tricks.push('lie')],
    ['late', () => one(nodes).tricks.push('late')],
    ['lost answer', () => one(nodes).tricks.push('lose answer')],
    ['cleared history', () => one(nodes).clearHistory()],
  ];
  for (let count = 0; count < faults; count += 1) {
    const [name, strike] = one(kinds);
    world.after(rng.int(faultsUntilMs), () => {
      world.say(`fault: ${name}`);
      strike();
    });
  }
}

/** Drawn per prompt, not per start, so that the order of starts changes nothing. */
function scriptOf(rng: Rng): Script {
  const scripts = new Map<string, ReturnType<Script>>();
  return (promptId) => {
    const known = scripts.get(promptId) ?? {
      runMs: 1000 + rng.int(longestRunS * 1000),
      error: rng.next() < 0.1 ? errors[rng.int(errors.length)] : undefined,
    };
    scripts.set(promptId, known);
    return known;
  };
}

const count = (tally: Map<string, number>, name: string): void =>
  void tally.set(name, (tally.get(name) ?? 0) + 1);
