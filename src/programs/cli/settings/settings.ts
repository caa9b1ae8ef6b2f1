/**
 * Which server is asked, and with which key. Contexts are in one file; keys each in a file of its own that nobody else may read.
 * What is typed comes before the environment, and that before the file.
 */
import { existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import process from 'node:process';
import { z } from 'zod';
import { Failure } from '../failure.js';

const contextName = /^[\w.-]{1,63}$/;
const fileSchema = z.object({
  current: z.string().optional(),
  contexts: z.record(z.string(), z.object({ server: z.url({ protocol: /^https?$/ }) })).default({}),
});
export type SettingsFile = z.infer<typeof fileSchema>;

export interface Target {
  server: string;
  key: string | undefined;
  /** Where the server was read. */
  source: string;
}

const defaultServer = 'http://127.0.0.1:5014';

export function settingsPath(env: NodeJS.ProcessEnv = process.env): string {
  return (
    env['COMFYMUX_CONFIG'] ??
    join(env['XDG_CONFIG_HOME'] ?? join(homedir(), '.config'), 'comfymux', 'config.json')
  );
}

const keyPath = (name: string): string => join(dirname(settingsPath()), `${name}.key`);

export function readSettings(): SettingsFile {
  const path = settingsPath();
  if (!existsSync(path)) return { contexts: {} };
  try {
    return fileSchema.parse(JSON.parse(readFileSync(path, 'utf8')));
  } catch {
    throw new Failure(
      'usage',
      `${path} cannot be read as settings`,
      'mend it, or remove it and set the contexts again',
    );
  }
}

export function writeSettings(settings: SettingsFile): void {
  mkdirSync(dirname(settingsPath()), { recursive: true, mode: 0o700 });
  writeFileSync(settingsPath(), `${JSON.stringify(settings, null, 2)}\n`, { mode: 0o600 });
}

export function keepKey(name: string, key: string): void {
  mkdirSync(dirname(settingsPath()), { recursive: true, mode: 0o700 });
  // A file that is there keeps its mode: the old one goes first.
  rmSync(keyPath(name), { force: true });
  writeFileSync(keyPath(name), `${key}\n`, { mode: 0o600 });
}

export function forgetKey(name: string): void {
  rmSync(keyPath(name), { force: true });
}

export function checkContextName(name: string): void {
  if (!contextName.test(name))
    throw new Failure('usage', `"${name}" is no name for a context`, 'take letters, digits and . _ -');
}

interface Given {
  server?: string | undefined;
  context?: string | undefined;
}

export function targetOf(given: Given): Target {
  const { COMFYMUX_KEY: key, COMFYMUX_CONTEXT: context } = process.env;
  const fromFile = contextOf(given.context ?? context);
  const found = addressOf(given, fromFile);
  if (!URL.canParse(found.server) || !/^https?:/.test(found.server))
    throw new Failure('usage', `${found.source} names no http address`, `write it like ${defaultServer}`);
  // The key of a context is for its server alone.
  const isContext = fromFile !== undefined && fromFile.server === found.server;
  return { ...found, key: key ?? (isContext ? readKey(fromFile.name) : undefined) };
}

/** What the command line names goes before the environment, and that before the settings. */
function addressOf(
  given: Given,
  fromFile: { name: string; server: string } | undefined,
): { server: string; source: string } {
  const { COMFYMUX_SERVER: server } = process.env;
  if (given.server !== undefined) return { server: given.server, source: '--server' };
  if (given.context === undefined && server) return { server, source: 'COMFYMUX_SERVER' };
  if (fromFile) return { server: fromFile.server, source: `the context ${fromFile.name}` };
  return { server: defaultServer, source: 'the default' };
}

function contextOf(asked: string | undefined): { name: string; server: string } | undefined {
  const { current, contexts } = readSettings();
  const name = asked ?? current;
  if (name === undefined) return undefined;
  const context = Object.hasOwn(contexts, name) ? contexts[name] : undefined;
  if (!context)
    throw new Failure('usage', `there is no context "${name}"`, 'comfymux context ls shows those there are');
  return { name, ...context };
}

function readKey(name: string): string | undefined {
  const path = keyPath(name);
  if (!existsSync(path)) return undefined;
  if (process.platform !== 'win32' && (statSync(path).mode & 0o077) !== 0)
    throw new Failure('denied', `others may read the key in ${path}`, `chmod 600 ${path}`);
  return readFileSync(path, 'utf8').trim();
}
