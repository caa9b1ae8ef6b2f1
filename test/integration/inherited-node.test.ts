/** A node that a replica judges anew after nobody looked for a while: the whole service was restarted, or its last owner died. */
import { pino } from 'pino';
import { afterAll, beforeAll, it } from 'vitest';
import { closedBreaker, type NodeTruth, recordOfBreaker } from '../../src/modules/nodes/domain/index.js';
import { NodeMonitor } from '../../src/modules/nodes/watching/node-monitor.js';
import { SystemClock } from '../../src/platform/clock/index.js';
import { type SimulatedNode, startSimulatedNode } from '../../src/programs/simulator/index.js';
import { eventually } from '../support/poll.js';

let node: SimulatedNode;
beforeAll(async () => {
  node = await startSimulatedNode({ name: 'inherited' });
});
afterAll(async () => node.stop());

const monitorOf = (): NodeMonitor =>
  new NodeMonitor({
    settings: { id: 'n', url: node.url, weight: 1, admin: 'active', leaving: false, incarnation: null },
    openAttempts: 0,
    pollIntervalMs: 50,
    // So that nothing but the poll looks at the node.
    inventoryRefreshMs: 3_600_000,
    clock: new SystemClock(),
    random: Math.random,
    log: pino({ level: 'silent' }),
    changed: () => undefined,
    tellOwner: () => undefined,
  });
const told = (state: NodeTruth['state'], unseenForMs: number): NodeTruth => ({
  ver: 1,
  state,
  reason: null,
  flags: [],
  breaker: recordOfBreaker(closedBreaker(), 0),
  unseenForMs,
});

it('is asked at once, though another owner had read its inventory', async () => {
  const first = monitorOf();
  first.take(told('unknown', 0), 1, undefined);
  first.start();
  await eventually(() => first.answers, { what: 'the inventory' });
  await first.stop();

  const heir = monitorOf();
  heir.take(told('ready', 60_000), 2, first.facts);
  heir.start();
  await eventually(() => heir.answers, { what: 'the first poll' });
  await heir.stop();
});

it('is down when it has been away for a minute, whoever looked meanwhile', async () => {
  const first = monitorOf();
  first.take(told('unknown', 0), 1, undefined);
  first.start();
  await eventually(() => first.answers, { what: 'the inventory' });
  await first.stop();

  node.exit();
  const heir = monitorOf();
  heir.take(told('suspect', 61_000), 2, first.facts);
  heir.start();
  await eventually(() => heir.health.state.name === 'down', { what: 'the end of the minute' });
  await heir.stop();
  await node.restart();
});
