/** What every command has at hand: the server it asks, the screen, and how its work is ended by Ctrl-C. */
import process from 'node:process';
import { Command } from 'commander';
import { Api } from './api/api.js';
import { Failure } from './failure.js';
import { targetOf } from './settings/settings.js';
import { Screen } from './terminal/screen.js';

export interface GlobalOptions {
  server?: string;
  context?: string;
  json?: boolean;
}

export interface Context {
  api: Api;
  screen: Screen;
  /** Aborted by Ctrl-C. */
  signal: AbortSignal;
}

/** Makes an action of a command; `arguments_` and options come as commander gives them. */
export function action(
  work: (context: Context, options: never, ...given: string[]) => Promise<void>,
): (...all: unknown[]) => Promise<void> {
  return async (...all) => {
    const command = all.at(-1) as Command;
    const given = all
      .slice(0, -2)
      .flat()
      .filter((value) => value !== undefined) as string[];
    const options = command.optsWithGlobals<GlobalOptions>();
    const stopped = new AbortController();
    const stop = (): void => stopped.abort();
    process.once('SIGINT', stop).once('SIGTERM', stop);
    const screen = new Screen(options.json === true);
    try {
      await work(
        { api: new Api(targetOf(options)), screen, signal: stopped.signal },
        options as never,
        ...given,
      );
    } finally {
      screen.endBar();
      process.off('SIGINT', stop).off('SIGTERM', stop);
    }
  };
}

/** Collects what may be given several times. */
export const several = (value: string, before: string[] = []): string[] => [...before, value];

/** Without what was not. */
export const given = (values: Record<string, string | undefined>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(values).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );

const units: Record<string, number> = { s: 1, m: 60, h: 3_600, d: 86_400 };

/** Seconds of `90s`, `15m`, `2h`, `1d`. */
export function secondsOf(text: string): number {
  const [, count = '', unit = ''] = /^(\d{1,6})([smhd])$/.exec(text) ?? [];
  if (count === '') throw new Failure('usage', `"${text}" is no span of time`, 'write it like 15m, 2h or 1d');
  return Number(count) * units[unit]!;
}

/** As jobs have them. */
export function priorityOf(text: string): number {
  if (!/^-?[0-3]$/.test(text))
    throw new Failure('usage', `"${text}" is no priority`, 'take a whole number from -3 to 3');
  return Number(text);
}

export function countOf(text: string): number {
  if (!/^\d{1,6}$/.test(text)) throw new Failure('usage', `"${text}" is no whole number`);
  return Number(text);
}
