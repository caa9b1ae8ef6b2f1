/** Alerts and dashboards ask only for what the service tells. */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { alerts, alertsPath } from '../support/alerts.js';
import { type Cluster, startCluster } from '../support/cluster.js';
import { asked, type Panel, panels } from '../support/dashboards/dashboards.js';
import { pictureOf, type Series, seriesOf } from '../support/dashboards/picture.js';
import { submit } from '../support/door-5014.js';
import { JobsClient } from '../support/jobs-client.js';
import { readMetrics } from '../support/metrics.js';
import { eventually } from '../support/poll.js';
import { hasPrometheus, Prometheus } from '../support/prometheus.js';
import { samplingGraph } from '../support/sampling-graph.js';

const folder = fileURLToPath(new URL('../../deploy/', import.meta.url));

const targets = panels.flatMap(({ uid, title, targets: all }) =>
  all.map(({ expr }): [string, string] => [`${uid}: ${title}`, expr]),
);
/** Panels without series in these scenes, and why. */
const empty = new Map([['comfymux-overview: What is wrong now', 'no alert fires within seconds']]);

it('every alert has its section in docs/operations.md', () => {
  const text = readFileSync(`${folder}../docs/operations.md`, 'utf8');
  for (const { alert, annotations } of alerts) {
    expect(annotations.runbook_url).toBe(`file:///opt/comfymux/docs/operations.md#${alert.toLowerCase()}`);
    expect(text).toContain(`\n### ${alert}\n`);
  }
});

it('every alert has a unit test in which it fires, and one in which it does not', () => {
  const { tests } = parse(readFileSync(`${folder}prometheus/alerts.test.yaml`, 'utf8')) as {
    tests: { alert_rule_test: { alertname: string; exp_alerts: object[] }[] }[];
  };
  const cases = tests.flatMap(({ alert_rule_test }) => alert_rule_test);
  const having = (fires: boolean): string[] =>
    cases.flatMap(({ alertname, exp_alerts }) => (exp_alerts.length > 0 === fires ? alertname : []));
  const names = alerts.map(({ alert }) => alert).toSorted();
  expect([...new Set(having(true))].toSorted()).toEqual(names);
  expect([...new Set(having(false))].toSorted()).toEqual(names);
});

describe('with a service that has worked', () => {
  let cluster: Cluster;

  beforeAll(async () => {
    cluster = await startCluster({
      nodes: [
        { name: 'sim-1', loadMs: 1, stepMs: 20 },
        { name: 'sim-2', loadMs: 1, stepMs: 20 },
      ],
    });
    await work();
  });
  afterAll(() => cluster.stop());

  /** More jobs at once than there are nodes, of both kinds. */
  async function work(): Promise<void> {
    const jobs = new JobsClient(cluster.url);
    const ids = await Promise.all(
      Array.from({ length: 8 }, async (_, index) =>
        index % 2 ? jobs.submit(samplingGraph()) : submit(cluster.url),
      ),
    );
    for (const id of ids)
      await eventually(async () => (await jobs.get(id)).state === 'succeeded', {
        timeoutMs: 30_000,
        what: `job ${id}`,
      });
  }

  it('every metric that an alert or a panel names is there', async () => {
    const { text } = await readMetrics(cluster.url);
    const exposed = new Set([...text.matchAll(/^# TYPE (\S+)/gm)].map(([, name]) => name));
    const named = [...alerts.map(({ expr }) => expr), ...targets.map(([, expr]) => expr)].flatMap(
      (expr) => expr.match(/\bcomfymux_\w+/g) ?? [],
    );
    expect(named.length).toBeGreaterThan(30);
    const missing = named.filter(
      (name) => !exposed.has(name) && !exposed.has(name.replace(/_(bucket|sum|count)$/, '')),
    );
    expect(missing).toEqual([]);
  });

  describe.skipIf(!hasPrometheus)('and a Prometheus that scrapes it', () => {
    let prometheus: Prometheus;

    beforeAll(async () => {
      prometheus = await Prometheus.start([cluster.url], alertsPath);
      await eventually(async () => (await prometheus.query('comfymux_jobs_total')).length > 0, {
        timeoutMs: 30_000,
        what: 'a scrape',
      });
      await work();
    });
    afterAll(() => prometheus.stop());

    it.each(targets)('%s has data', async (_panel, expr) => {
      const query = asked(expr, '30s');
      await eventually(async () => (await prometheus.query(query)).length > 0, {
        timeoutMs: 15_000,
        intervalMs: 200,
        what: query,
      });
    });

    it('every rule can be evaluated, and of a healthy cluster none fires', async () => {
      const rules = await eventually(async () => {
        const all = await prometheus.rules();
        return all.every(({ health }) => health !== 'unknown') && all;
      });
      expect(rules.map(({ name }) => name)).toEqual(alerts.map(({ alert }) => alert));
      expect(rules.filter(({ health, state }) => health !== 'ok' || state !== 'inactive')).toEqual([]);
    });

    it('every panel can be drawn from its series', async () => {
      await trouble();
      const series = new Map<Panel, Series[]>();
      await eventually(
        async () => {
          for (const panel of panels) series.set(panel, await seriesOf(panel, prometheus));
          return panels.every((panel) => series.get(panel)!.length > 0 || empty.has(nameOf(panel)));
        },
        { timeoutMs: 15_000, intervalMs: 1_000, what: 'series of every panel' },
      );
      const into = process.env['PANEL_PICTURES'];
      if (into !== undefined) await mkdir(into, { recursive: true });
      for (const panel of panels) {
        const picture = await pictureOf(panel, series.get(panel)!);
        const isEmpty = picture.equals(await pictureOf(panel, []));
        expect(isEmpty && !empty.has(nameOf(panel)), nameOf(panel)).toBe(false);
        expect((await sharp(picture).stats()).entropy, nameOf(panel)).toBeGreaterThan(0);
        if (into !== undefined) await writeFile(join(into, `${fileOf(panel)}.png`), picture);
      }
    });

    /** A node runs out of memory, one is drained, and a job finds none. */
    async function trouble(): Promise<void> {
      const jobs = new JobsClient(cluster.url);
      cluster.node('sim-1').inject({ kind: 'oom', times: 2 });
      await jobs.post('/v1/nodes/sim-2/drain', {});
      const ids = await Promise.all(Array.from({ length: 6 }, async () => jobs.submit(samplingGraph())));
      await jobs.ended(ids[0]!);
      await jobs.post('/v1/nodes/sim-2/undrain', {});
      for (const id of ids) await jobs.ended(id);
    }

    it('the rules pass their own unit tests', () => {
      const run = spawnSync('promtool', ['test', 'rules', 'alerts.test.yaml'], {
        cwd: `${folder}prometheus`,
        encoding: 'utf8',
      });
      expect(`${run.stdout}${run.stderr}`).toContain('SUCCESS');
      expect(run.status).toBe(0);
    });
  });
});

const nameOf = ({ uid, title }: Panel): string => `${uid}: ${title}`;
const fileOf = (panel: Panel): string => nameOf(panel).replaceAll(/[^\w]+/g, '-');
