import { describe, expect, it } from 'vitest';
import { createLogger, NestLogger } from './index.js';
import { TerminalStream } from './terminal-stream.js';

function bundle(level = 'trace') {
  const lines: string[] = [];
  const log = createLogger({ level, destination: { write: (line) => void lines.push(line) } });
  return { log, lines, records: () => lines.map((line) => JSON.parse(line) as Record<string, unknown>) };
}

describe('the log', () => {
  it('is one JSON record a line, with time and the name of its level', () => {
    const { log, records } = bundle();
    log.info({ jobId: 'j1' }, 'accepted');
    expect(records()).toEqual([
      {
        level: 'info',
        time: expect.stringMatching(/^\d{4}-.*Z$/),
        pid: process.pid,
        jobId: 'j1',
        msg: 'accepted',
      },
    ]);
  });

  it.each([
    { authorization: 'hush' },
    { request: { headers: { authorization: 'hush', cookie: 'hush' } } },
    { job: { inputs: { params: { prompt: 'hush' } } } },
    { database: { password: 'hush' } },
  ])('never holds the secret of %j', (fields) => {
    const { log, lines } = bundle();
    log.error(fields, 'failed');
    expect(lines.join('')).toContain('[redacted]');
    expect(lines.join('')).not.toContain('hush');
  });

  it('takes what Nest says, with its context, and an error with its stack', () => {
    const { log, records } = bundle();
    const nest = new NestLogger(log);
    nest.log('Mapped {/jobs, GET} route', 'RouterExplorer');
    nest.error('it broke', 'Error: it broke\n at here', 'ExceptionsHandler');
    nest.error(new Error('thrown'), 'Scheduler');
    expect(records()).toMatchObject([
      { level: 'debug', context: 'RouterExplorer', msg: 'Mapped {/jobs, GET} route' },
      { level: 'error', context: 'ExceptionsHandler', stack: 'Error: it broke\n at here', msg: 'it broke' },
      { level: 'error', context: 'Scheduler', err: { message: 'thrown' }, msg: 'thrown' },
    ]);
  });

  it('is readable at a terminal', () => {
    let text = '';
    const log = createLogger({
      level: 'info',
      destination: new TerminalStream({ write: (line) => (text += line) }),
    });
    log.warn({ node: 'gpu1', err: new Error('no route') }, 'node lost');
    expect(text).toMatch(/^\d\d:\d\d:\d\d WARN {2}node lost {"node":"gpu1"}\n {2}Error: no route\n/);
  });
});
