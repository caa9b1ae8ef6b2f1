/** The dashboards that are shipped, as their files have them. */
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

export interface Panel {
  /** Of its dashboard. */
  uid: string;
  type: 'timeseries' | 'stat' | 'state-timeline' | 'alertlist';
  title: string;
  targets: readonly { expr: string; legendFormat: string }[];
  /** As Grafana names it. */
  unit: string;
  /** The lowest first; a step holds from its value on. */
  thresholds: readonly { color: string; value: number | null }[];
}

interface PanelInFile extends Pick<Panel, 'type' | 'title'> {
  targets?: { expr: string; legendFormat?: string }[];
  fieldConfig?: { defaults: { unit?: string; thresholds?: { steps: Panel['thresholds'] } } };
}

const folder = fileURLToPath(new URL('../../../deploy/grafana/', import.meta.url));

export const panels: readonly Panel[] = readdirSync(folder).flatMap((name) => {
  const { uid, panels: inFile } = JSON.parse(readFileSync(folder + name, 'utf8')) as {
    uid: string;
    panels: PanelInFile[];
  };
  return inFile.map(({ type, title, targets = [], fieldConfig }) => ({
    uid,
    type,
    title,
    targets: targets.map(({ expr, legendFormat = '' }) => ({ expr, legendFormat })),
    unit: fieldConfig?.defaults.unit ?? 'short',
    thresholds: fieldConfig?.defaults.thresholds?.steps ?? [],
  }));
});

/** As Grafana would ask it with everything chosen. */
export const asked = (expr: string, rateInterval: string): string =>
  expr.replaceAll('$__rate_interval', rateInterval).replaceAll(/\$(node|workflow)/g, '.*');

/** `{{node}}: {{state}}` with the labels of a series. */
export const legendOf = (format: string, metric: Readonly<Record<string, string>>): string =>
  format.replaceAll(/\{\{\s*(\w+)\s*\}\}/g, (_, label: string) => metric[label] ?? '').trim();
