/** The alert rules that are shipped, as they are, and in a form in which a test can wait for them. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';

export const alertsPath = fileURLToPath(new URL('../../deploy/prometheus/alerts.yaml', import.meta.url));

export interface Alert {
  alert: string;
  expr: string;
  annotations: { runbook_url: string };
}

const text = readFileSync(alertsPath, 'utf8');

export const alerts = (parse(text) as { groups: { rules: Alert[] }[] }).groups.flatMap(({ rules }) => rules);

/** Sixty times faster: a minute of `for` or of a range is a second. Nothing else is changed. */
export const hastenedAlerts = text
  .replaceAll(/^( +for: )(\d+)m$/gm, '$1$2s')
  .replaceAll(/\[(\d+)m\]/g, '[$1s]')
  .replaceAll(/\[(\d+)h\]/g, '[$1m]');
