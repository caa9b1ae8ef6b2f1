import { Registry } from 'prom-client';
import { expect, it, onTestFinished } from 'vitest';
import { createApp } from '../../create-app.js';
import { metricsDocument, type RegisteredMetric } from './metrics-document.js';
import { loadConfig } from '../../platform/config/index.js';
import { createLogger } from '../../platform/logging/index.js';

/** Of the whole service, made and not started: nothing is reached for. */
async function metricsOfTheService(): Promise<RegisteredMetric[]> {
  const app = await createApp({
    config: loadConfig({ NODE_ENV: 'test' }),
    log: createLogger({ level: 'silent' }),
    databaseUrl: 'postgresql://nobody@127.0.0.1:1/none',
  });
  onTestFinished(() => app.close());
  // The types of prom-client leave out `labelNames`, and call an enumeration what is a word.
  return app.get(Registry).getMetricsAsArray() as unknown as RegisteredMetric[];
}

it('docs/metrics.md is what the service registers', async () => {
  await expect(metricsDocument(await metricsOfTheService())).toMatchFileSnapshot('../../../docs/metrics.md');
});

it('every metric of ours has a sentence and a name by the rules of Prometheus', async () => {
  const ours = (await metricsOfTheService()).filter(({ name }) => !/^comfymux_(process|nodejs)_/.test(name));
  expect(ours.length).toBeGreaterThan(30);
  for (const { name, help, type } of ours) {
    expect(help, name).toMatch(/\.$/);
    expect(name).toMatch(
      type === 'counter' ? /^comfymux_[a-z0-9_]+_total$/ : /^comfymux_[a-z0-9_]+(?<!_total)$/,
    );
  }
});
