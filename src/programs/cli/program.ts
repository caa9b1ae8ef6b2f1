import { Command } from 'commander';
import { packageVersion } from '../../platform/version.js';
import { addBatches } from './commands/batches/batches.js';
import { addAudit } from './commands/access/audit.js';
import { addCompletion } from './commands/completion.js';
import { addDoctor } from './commands/doctor.js';
import { addJobs } from './commands/jobs.js';
import { addKeys } from './commands/access/keys.js';
import { addLogins } from './commands/access/logins.js';
import { addNodes } from './commands/nodes.js';
import { addReady } from './commands/ready.js';
import { addRun } from './commands/run.js';
import { addContexts } from './commands/settings.js';
import { addTenants } from './commands/access/tenants.js';
import { addTop } from './commands/top.js';
import { addUsage } from './commands/access/usage.js';
import { addWorkflows } from './commands/workflows.js';

/** Every command; made anew for each run, so that nothing of one is left in the next. */
export function createProgram(): Command {
  const program = new Command('comfymux')
    .description('Runs jobs on a ComfyMux cluster, and looks after it.')
    .version(packageVersion)
    .option('--server <url>', 'the server to ask, before COMFYMUX_SERVER and the context')
    .option('--context <name>', 'the context to use, before COMFYMUX_CONTEXT and the chosen one')
    .option('--json', 'answer with JSON')
    .showHelpAfterError('(comfymux help shows the commands)');
  const add = [
    addRun,
    addJobs,
    addBatches,
    addNodes,
    addReady,
    addWorkflows,
    addTenants,
    addKeys,
    addLogins,
    addUsage,
    addAudit,
    addTop,
    addDoctor,
    addContexts,
    addCompletion,
  ];
  for (const one of add) one(program);
  return program;
}
