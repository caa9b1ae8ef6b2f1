/**
 * The official Python SDK as PyPI has it: installed in an environment of its own under `.data`, with its source package beside it,
 * which holds its live test and the contract. Made once; a folder that is not finished is made anew.
 */
import { join } from 'node:path';
import { pythonIn, pythonPackages, succeeds } from './python-packages.js';

export const comfySdkVersion = '0.5.0';
const packages = [`comfy-sdk==${comfySdkVersion}`, 'pytest==8.4.2'];
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
  const folder = pythonPackages(`comfy-sdk-${comfySdkVersion}`, packages, fetchSources);
  if (folder === undefined) return undefined;
  const sources = join(folder, `comfy_sdk-${comfySdkVersion}`);
  return {
    python: pythonIn(folder),
    liveTest: join(sources, 'tests/integration/test_gateway_e2e.py'),
    contract: join(sources, 'spec/openapi.yaml'),
  };
}

function fetchSources(folder: string): boolean {
  const download = ['-m', 'pip', 'download', '--quiet', '--no-deps', '--no-binary=:all:', `--dest=${folder}`];
  return (
    succeeds('python3', [...download, packages[0] ?? '']) &&
    succeeds('tar', ['-xzf', join(folder, `comfy_sdk-${comfySdkVersion}.tar.gz`), '-C', folder])
  );
}
