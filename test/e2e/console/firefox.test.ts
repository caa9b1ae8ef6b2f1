/** The console in a real Firefox: every page is drawn without an error, the demo runs, and what happens comes by itself. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Cluster, startCluster } from '../../support/cluster.js';
import { Firefox, noFirefox } from '../../support/firefox.js';
import { eventually } from '../../support/poll.js';
import { jobWhen, succeeded, workflow } from '../../support/v1.js';

describe.skipIf(noFirefox !== null)(
  `the console in Firefox${noFirefox ? ` — skipped: ${noFirefox}` : ''}`,
  () => {
    let cluster: Cluster;
    let firefox: Firefox;

    beforeAll(async () => {
      cluster = await startCluster({ nodes: [{ name: 'gpu-a', stepMs: 20 }] });
      firefox = await Firefox.launch();
    });
    afterAll(async () => {
      await firefox?.close();
      await cluster?.stop();
    });

    const holds = async (expression: string, what: string): Promise<void> => {
      await eventually(async () => firefox.evaluate<boolean>(expression), {
        timeoutMs: 60_000,
        intervalMs: 200,
        what,
      });
    };

    it('runs the demo with one click, and shows its end without being asked', async () => {
      await firefox.goto(`${cluster.url}/console`);
      const button = `[...document.querySelectorAll('main button')].find((one) => one.innerText.includes('Run the demo'))`;
      await holds(`${button} !== undefined`, 'the demo');
      await firefox.evaluate(`void ${button}.click()`);
      await holds(`/jobs\\/[0-9a-f-]{36}$/.test(location.pathname)`, 'the page of a job');
      const id = (await firefox.evaluate<string>('location.pathname')).slice(-36);
      await jobWhen(cluster.url, id, succeeded);
      await holds(
        `document.querySelector('main h1').innerText.includes('succeeded')`,
        'a job that has ended',
      );
      await holds(`document.querySelector('main video') !== null`, 'its film');
      expect(firefox.errors).toEqual([]);
    });

    it('draws every page', async () => {
      for (const path of [
        '',
        '/jobs',
        '/nodes',
        '/nodes/gpu-a',
        '/workflows',
        `/workflows/${workflow}`,
        '/models',
        '/tenants',
        '/audit',
        '/publish',
      ]) {
        await firefox.goto(`${cluster.url}/console${path}`);
        await holds(
          `document.querySelector('main h1') !== null && document.querySelector('[aria-label=Loading]') === null`,
          `a drawn ${path}`,
        );
        expect(
          await firefox.evaluate<number>('document.documentElement.scrollWidth - innerWidth'),
        ).toBeLessThanOrEqual(0);
      }
      expect(firefox.errors).toEqual([]);
    });
  },
);
