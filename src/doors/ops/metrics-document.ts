/** The text of `docs/metrics.md`: every metric that the service registers, by what it is of. */

/** A metric as its registry holds it. */
export interface RegisteredMetric {
  name: string;
  type: string;
  help: string;
  labelNames: readonly string[];
}

const intro = `# Metrics

Made from the metrics that the service registers by \`npm run docs:metrics\`.

\`GET /metrics\` on port 5014 has them for Prometheus: rate, errors and duration of what comes in (RED), utilisation, saturation and errors of what
does the work (USE). Every replica tells the one queue and every node, so aggregate those with \`max by\` before adding up; what a replica did itself
(counters, histograms) adds up with \`sum\`. Labels are bounded: \`workflow\` is a name of the catalogue (the first hundred), \`graph\` for jobs that brought
their own graph, or \`other\`; \`node\` is a registered node; \`route\` is a pattern. Rules that use them are \`deploy/prometheus/alerts.yaml\`, dashboards
\`deploy/grafana\`. Beside these are Node's own, of the event loop, garbage collection, memory, CPU and file descriptors: \`comfymux_nodejs_…\`, \`comfymux_process_…\`.
`;

const sections: [title: string, prefixes: string[]][] = [
  ['Queue and scheduler', ['queue_', 'jobs_waiting', 'placements_', 'scheduler_', 'leads', 'job_wait']],
  ['Jobs and runs', ['jobs_', 'attempt', 'run_']],
  ['Nodes', ['node_', 'pool_', 'discovery_']],
  ['Doors', ['http_', 'native_']],
  ['Database', ['database_', 'archive_', 'record_']],
  ['Storage', ['storage_']],
  ['Service', ['']],
];

/** `metrics` as a registry lists them. */
export function metricsDocument(metrics: readonly RegisteredMetric[]): string {
  const rest = metrics.filter(({ name }) => !/^comfymux_(process|nodejs)_/.test(name));
  const parts = sections.map(([title, prefixes]) => {
    const mine = rest.filter((metric) =>
      prefixes.some((prefix) => metric.name.startsWith(`comfymux_${prefix}`)),
    );
    for (const metric of mine) rest.splice(rest.indexOf(metric), 1);
    return mine.length === 0 ? '' : `\n## ${title}\n\n${tableOf(mine)}`;
  });
  return intro + parts.join('');
}

function tableOf(metrics: readonly RegisteredMetric[]): string {
  const rows = metrics
    .toSorted((one, other) => (one.name < other.name ? -1 : 1))
    .map(({ name, type, help, labelNames }) => {
      const labels = labelNames.map((label) => `\`${label}\``).join(' ');
      return `| \`${name}\` | ${type} | ${labels} | ${help} |\n`;
    });
  return `| metric | type | labels | meaning |\n| --- | --- | --- | --- |\n${rows.join('')}`;
}
