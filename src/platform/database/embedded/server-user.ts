/**
 * PostgreSQL refuses to run as root. As root, its programs run as the owner of the data folder: the system's `postgres`
 * or else `nobody` when the folder is new. Where that user may not pass a folder on the way to the programs or the data
 * (a checkout under a home of mode 0700), `setpriv` gives it the one capability that lets it pass.
 */
import { spawnSync } from 'node:child_process';
import { chownSync, readFileSync, statSync } from 'node:fs';
import type { Binaries } from './binaries.js';
import { DatabaseStartError } from './start-error.js';

export interface ServerUser {
  /** Whether, and as whom, a child process is started by `spawn` itself. */
  spawnAs: { uid: number; gid: number } | undefined;
  /** Put before a command line. */
  prefix: readonly string[];
  /** Gives a file or folder to the user. */
  own(path: string): void;
}

interface Ids {
  uid: number;
  gid: number;
}

const asOurselves: ServerUser = { spawnAs: undefined, prefix: [], own: () => undefined };

/** `clusterDir` need not exist yet. Throws `DatabaseStartError`. */
export function chooseServerUser(binaries: Binaries, dataDir: string, clusterDir: string): ServerUser {
  const owner = ownerOf(clusterDir);
  const ourUid = process.getuid?.();
  if (ourUid !== 0) {
    if (owner === undefined || owner.uid === ourUid) return asOurselves;
    throw new DatabaseStartError(
      `${clusterDir} belongs to user ${owner.uid}: start as that user or as root, or set another DATA_DIR.`,
    );
  }
  const ids =
    owner && owner.uid !== 0
      ? owner
      : (systemUser('postgres') ?? systemUser('nobody') ?? { uid: 65_534, gid: 65_534 });
  const candidates = [directly(ids), throughSetpriv(ids)];
  const usable = candidates.find((user) => reaches(user, binaries, dataDir));
  if (usable) return usable;
  throw new DatabaseStartError(
    `User ${ids.uid}, whom PostgreSQL must run as, cannot reach ${binaries.postgres} or ${dataDir}: ` +
      'move the checkout and DATA_DIR where every user may enter, start as another user than root, or set DATABASE_URL.',
  );
}

function directly(ids: Ids): ServerUser {
  return { spawnAs: ids, prefix: [], own: (path) => chownSync(path, ids.uid, ids.gid) };
}

function throughSetpriv({ uid, gid }: Ids): ServerUser {
  // Without the secure bit access(2), which initdb asks, ignores the capabilities of a user who is not root.
  const capabilities = [
    '--inh-caps=+dac_override',
    '--ambient-caps=+dac_override',
    '--securebits=+no_setuid_fixup',
  ];
  return {
    spawnAs: undefined,
    prefix: ['setpriv', `--reuid=${uid}`, `--regid=${gid}`, '--clear-groups', ...capabilities],
    own: (path) => chownSync(path, uid, gid),
  };
}

/** Starting the real program also proves that its libraries can be read. */
function reaches({ prefix, spawnAs }: ServerUser, { postgres }: Binaries, dataDir: string): boolean {
  const probe = ['sh', '-c', '"$1" --version >/dev/null && test -x "$2"', 'probe', postgres, dataDir];
  const [command = 'sh', ...args] = [...prefix, ...probe];
  return spawnSync(command, args, { ...spawnAs, cwd: '/', stdio: 'ignore', timeout: 10_000 }).status === 0;
}

function ownerOf(path: string): Ids | undefined {
  const stats = statSync(path, { throwIfNoEntry: false });
  return stats && { uid: stats.uid, gid: stats.gid };
}

function systemUser(name: string): Ids | undefined {
  const line = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .find((entry) => entry.startsWith(`${name}:`));
  const [, , uid, gid] = line?.split(':') ?? [];
  return uid && gid ? { uid: Number(uid), gid: Number(gid) } : undefined;
}
