/** Runs command blocks of the documentation as a reader would paste them. */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const root = fileURLToPath(new URL('../../', import.meta.url));

/** From the root of the repository, in one shell. Resolves to what was printed; rejects with what went wrong. */
export async function followPage(block: string, env: Record<string, string>, cwd = root): Promise<string> {
  const followed = promisify(execFile)('bash', ['-euo', 'pipefail', '-c', block], {
    cwd,
    env: { ...process.env, ...env },
    timeout: 90_000,
  });
  const { stdout } = await followed.catch((error: Error & { stdout?: string }) => {
    throw new Error(`${error.message}\n${error.stdout ?? ''}`, { cause: error });
  });
  return stdout;
}
