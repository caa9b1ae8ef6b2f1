/** A panel's series from a Prometheus, and its picture. */
import sharp from 'sharp';
import type { Prometheus } from '../prometheus.js';
import { asked, legendOf, type Panel } from './dashboards.js';
import { type Series, svgOf } from './drawing.js';

export type { Series };

/** Long enough for what a test did, and for a rate. */
const secondsShown = 60;
const firingAlerts = 'ALERTS{alertstate="firing"}';

export async function seriesOf({ type, targets }: Panel, prometheus: Prometheus): Promise<Series[]> {
  const all = type === 'alertlist' ? [{ expr: firingAlerts, legendFormat: '{{alertname}}' }] : targets;
  const found = await Promise.all(
    all.map(async ({ expr, legendFormat }) =>
      (await prometheus.range(asked(expr, '10s'), secondsShown)).map(({ metric, values }) => ({
        name: legendOf(legendFormat, metric),
        points: values
          .map(([atS, value]) => [atS, Number(value)] as const)
          .filter(([, value]) => Number.isFinite(value)),
      })),
    ),
  );
  return found.flat().filter(({ points }) => points.length > 0);
}

export const pictureOf = async (panel: Panel, series: readonly Series[]): Promise<Buffer> =>
  sharp(Buffer.from(svgOf(panel, series)))
    .png()
    .toBuffer();
