/**
 * The live test of the official Python SDK, as its source package on PyPI has it, against two replicas that share three nodes of which
 * only one has each model; and every answer held against the contract that the same package carries. `npm run test:comfy-sdk`.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { dirname } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { wanModelFiles } from '../../../src/programs/simulator/index.js';
import { comfySdk, comfySdkVersion } from '../../support/comfy-sdk.js';
import { Deployment } from '../../support/deployment.js';
import { type HttpBalancer, startHttpBalancer } from '../../support/http-balancer.js';
import { eventually } from '../../support/poll.js';

const sdk = comfySdk();
const why = sdk ? '' : ' — skipped: no Python 3, or comfy-sdk cannot be had from PyPI';
if (!sdk && process.env['COMFY_SDK'] === 'required') throw new Error(`comfy-sdk${why}`);
const testTimeoutMs = 240_000;

describe.skipIf(!sdk)(`comfy-sdk ${comfySdkVersion} for Python${why}`, () => {
  let deployment: Deployment;
  let balancer: HttpBalancer;
  const urls: Record<string, string> = {};

  beforeAll(async () => {
    deployment = await Deployment.create(
      ['first.gguf', 'second.gguf', 'third.gguf'].map((model, index) => ({
        name: `gpu-${index}`,
        stepMs: 40,
        loadMs: 1,
        models: { ...wanModelFiles, unet_gguf: [model] },
      })),
    );
    const [one, two] = [await deployment.start(), await deployment.start()];
    balancer = await startHttpBalancer([one.url, two.url]);
    Object.assign(urls, { first: one.url, second: two.nativeUrl, both: balancer.url });
    await eventually(
      async () =>
        (await (await fetch(`${two.nativeUrl}/object_info/SaveImage`)).text()).includes('SaveImage'),
      { what: 'the classes of the cluster' },
    );
  });
  afterAll(async () => {
    await balancer?.close();
    await deployment?.destroy();
  });

  it.each([
    ['one replica', 'first'],
    ['the other replica, at ComfyUI’s own port', 'second'],
    ['both in turn', 'both'],
  ])('its live test passes at %s', { timeout: testTimeoutMs }, async (_where, name) => {
    const { code, output } = await liveTest(urls[name] ?? '');
    expect(output).toMatch(/3 passed, 1 xpassed/);
    expect(output).not.toMatch(/failed|error|skipped/i);
    expect(code).toBe(0);
  });

  it('its labels are kept, found page by page, and refused with the name of what is wrong', async () => {
    const { code, output } = await run(['-c', labels], urls['both'] ?? '');
    expect([code, output.trim()]).toEqual([0, 'labels hold']);
  });

  async function liveTest(url: string): Promise<{ code: number; output: string }> {
    const file = sdk?.liveTest ?? '';
    const options = ['-q', '-p', 'no:cacheprovider', '-c', '/dev/null', `--rootdir=${dirname(file)}`];
    return run(['-m', 'pytest', ...options, file], url);
  }

  async function run(args: readonly string[], url: string): Promise<{ code: number; output: string }> {
    const env = { ...process.env, COMFY_BASE_URL: url, COMFY_API_KEY: 'any' };
    const child = spawn(sdk?.python ?? '', args, {
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: testTimeoutMs,
    });
    const chunks: string[] = [];
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (chunk: string) => chunks.push(chunk));
    const [code] = (await once(child, 'close')) as [number | null];
    return { code: code ?? 1, output: chunks.join('') };
  }
});

const labels = `
from comfy_sdk import Comfy, ComfyError

graph = {
    "1": {"class_type": "EmptyImage", "inputs": {"width": 8, "height": 8, "batch_size": 1, "color": 7}},
    "2": {"class_type": "SaveImage", "inputs": {"images": ["1", 0], "filename_prefix": "labels"}},
}
with Comfy() as client:
    workflow = client.workflows.from_json(graph)
    sent = []
    for index in range(5):
        job = client.submit(workflow, metadata={"batch": "b", "index": str(index)})
        assert job.metadata == {"batch": "b", "index": str(index)}, job.metadata
        sent.insert(0, job.id)
    assert client.submit(workflow).metadata == {}
    assert [job.id for job in client.list_jobs(metadata={"batch": "b"}, limit=2)] == sent
    assert [job.id for job in client.list_jobs(metadata={"batch": "b", "index": "3"})] == [sent[1]]
    try:
        client.submit(workflow, metadata={"no good": "x"})
    except ComfyError as refused:
        assert refused.code == "metadata_invalid" and "no good" in str(refused), refused
    else:
        raise AssertionError("a bad label was taken")
print("labels hold")
`;
