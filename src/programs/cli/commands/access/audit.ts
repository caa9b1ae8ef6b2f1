/** Who changed what. */
import type { Command } from 'commander';
import type { AuditEntry } from '../../api/shapes.js';
import { action, type Context, countOf, given } from '../../context.js';
import { tableOf } from '../../terminal/table.js';

interface Options {
  principal?: string;
  tenant?: string;
  kind?: string;
  limit: string;
}

export function addAudit(program: Command): void {
  program
    .command('audit')
    .summary('who changed nodes, workflows, tenants and keys')
    .description(
      'Tells who changed nodes, workflows, tenants and keys, and cancelled jobs of others; the newest first.',
    )
    .option('--principal <id>', 'what this one changed')
    .option('--tenant <id>', 'what was changed from this tenant')
    .option('--kind <kind>', 'workflow, node, tenant, key or job')
    .option('-n, --limit <count>', 'lines at most', '50')
    .action(action(audit));
}

async function audit({ api, screen }: Context, options: Options): Promise<void> {
  const { entries } = (await (await api.send(`v1/audit?${queryOf(options)}`)).json()) as {
    entries: AuditEntry[];
  };
  if (screen.isJson) return screen.json(entries);
  const columns = [
    { title: 'AT', of: ({ at }: AuditEntry) => at },
    { title: 'WHO', of: ({ principal, known_by: knownBy }: AuditEntry) => principal ?? knownBy },
    { title: 'TENANT', of: ({ tenant }: AuditEntry) => tenant },
    { title: 'WHAT', of: ({ request }: AuditEntry) => request },
    { title: 'FROM', of: ({ address }: AuditEntry) => address },
    { title: 'ANSWER', of: ({ status }: AuditEntry) => status ?? 'none' },
  ];
  screen.lines(tableOf(entries, columns, screen.columns));
}

const queryOf = ({ limit, principal, tenant, kind }: Options): string =>
  new URLSearchParams({
    limit: String(countOf(limit)),
    ...given({ principal, tenant, kind }),
  }).toString();
