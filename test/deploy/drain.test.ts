/** files/drain.py of the chart, as the preStop hook of a pod runs it. */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type SimulatedNode, startSimulatedNode } from '../../src/programs/simulator/index.js';
import { eventually } from '../support/poll.js';
import { samplingGraph } from '../support/sampling-graph.js';

const script = fileURLToPath(new URL('../../deploy/helm/comfymux/files/drain.py', import.meta.url));

describe('a pod with a GPU that must go', () => {
  let node: SimulatedNode;
  beforeEach(async () => void (node = await startSimulatedNode({ stepMs: 20, loadMs: 1 })));
  afterEach(() => node.stop());

  const drain = async (timeoutSeconds = 30): Promise<string> => {
    const env = {
      ...process.env,
      COMFYUI_URL: node.url,
      DRAIN_IDLE_SECONDS: '2',
      DRAIN_TIMEOUT_SECONDS: String(timeoutSeconds),
    };
    return (await promisify(execFile)('python3', [script], { env, timeout: 40_000 })).stdout;
  };

  it('goes when its ComfyUI has had no work for a while', async () => {
    const beganMs = performance.now();
    await drain();
    expect(performance.now() - beganMs).toBeGreaterThan(1_900);
  });

  it('waits for the run under way, and the one behind it', async () => {
    node.inject({ kind: 'hang-sampling' });
    for (let index = 0; index < 2; index += 1)
      await fetch(`${node.url}/prompt`, {
        method: 'POST',
        body: JSON.stringify({ prompt: samplingGraph() }),
      });
    let gone = false;
    const draining = drain().then(() => (gone = true));
    await eventually(() => node.record()[0]?.startedAt != null, { what: 'a run' });
    await new Promise((resolve) => setTimeout(resolve, 4_000));
    expect(gone).toBe(false);
    node.clearFaults();
    await draining;
    expect(node.record().map(({ outcome }) => outcome)).toEqual(['success', 'success']);
  });

  it('goes without its ComfyUI, and when its time is over', async () => {
    node.inject({ kind: 'hang-sampling' });
    await fetch(`${node.url}/prompt`, { method: 'POST', body: JSON.stringify({ prompt: samplingGraph() }) });
    await drain(3);
    node.exit();
    expect(await drain()).toContain('ComfyUI:');
  });
});
