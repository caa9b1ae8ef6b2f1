/**
 * The official Python SDK as PyPI has it: installed in an environment of its own under `.data`, with its source package beside it,
 * which holds its live test and the contract. Made once; a folder that is not finished is made anew.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const comfySdkVersion = '0.5.0';
const packages = [`comfy-sdk==${comfySdkVersion}`, 'pytest==8.4.2'];
const folder = fileURLToPath(new URL(`../../.data/comfy-sdk-${comfySdkVersion}`, import.meta.url));
const commandTimeoutMs = 180_000;

export interface ComfySdk {
  /** An interpreter that imports the SDK and pytest. */
  python: string;
  /** Its live test, in a folder without settings of other tests. */
  liveTest: string;
  /** `openapi.yaml` of the contract. */
  contract: string;
}

/** Undefined where Python or PyPI are out of reach. */
export function comfySdk(): ComfySdk | undefined {
  if (!existsSync(folder) && !make()) return undefined;
  const sources = join(folder, `comfy_sdk-${comfySdkVersion}`);
  return {
    python: join(folder, 'venv/bin/python'),
    liveTest: join(sources, 'tests/integration/test_gateway_e2e.py'),
    contract: join(sources, 'spec/openapi.yaml'),
  };
}

/** An environment knows its own path, so it is made in place; the folder gets its name when all else is there. */
function make(): boolean {
  const making = `${folder}.making`;
  rmSync(making, { recursive: true, force: true });
  mkdirSync(making, { recursive: true });
  const download = ['-m', 'pip', 'download', '--quiet', '--no-deps', '--no-binary=:all:', `--dest=${making}`];
  const isMade =
    succeeds('python3', [...download, packages[0] ?? '']) &&
    succeeds('tar', ['-xzf', join(making, `comfy_sdk-${comfySdkVersion}.tar.gz`), '-C', making]) &&
    succeeds('python3', ['-m', 'venv', '--copies', join(making, 'venv')]) &&
    succeeds(join(making, 'venv/bin/python'), ['-m', 'pip', 'install', '--quiet', ...packages]);
  if (isMade) renameSync(making, folder);
  else rmSync(making, { recursive: true, force: true });
  return isMade;
}

const succeeds = (program: string, args: readonly string[]): boolean =>
  spawnSync(program, args, { stdio: 'ignore', timeout: commandTimeoutMs }).status === 0;
