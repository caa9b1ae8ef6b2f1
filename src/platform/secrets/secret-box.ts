/**
 * Keeps what callers entrust to us unreadable at rest: AES-256-GCM under a key that is not in the database. The key
 * comes from SECRET_KEY, or from a file under DATA_DIR that is made once and that only this user can read. What was sealed
 * under SECRET_KEY_PREVIOUS, or under the file before there was a SECRET_KEY, is read as well.
 */
import { createCipheriv, createDecipheriv, createHash, hkdfSync, randomBytes } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

const algorithm = 'aes-256-gcm';
const nonceBytes = 12;
const tagBytes = 16;

export interface SecretKeys {
  secretKey: string | undefined;
  previousKey?: string | undefined;
  dataDir: string;
}

export class SecretBox {
  private constructor(private readonly keys: () => Promise<readonly [Buffer, ...Buffer[]]>) {}

  /** Touches the disk only when a secret is first kept or read. */
  static open(options: SecretKeys): SecretBox {
    let keys: Promise<readonly [Buffer, ...Buffer[]]> | undefined;
    return new SecretBox(() => (keys ??= keysOf(options)));
  }

  async seal(text: string): Promise<Buffer> {
    const [key] = await this.keys();
    const nonce = randomBytes(nonceBytes);
    const cipher = createCipheriv(algorithm, key, nonce);
    const sealed = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
    return Buffer.concat([nonce, cipher.getAuthTag(), sealed]);
  }

  /** Throws when no key of ours fits or a byte was changed. */
  async unseal(sealed: Uint8Array): Promise<string> {
    const keys = await this.keys();
    for (const key of keys) {
      const text = unsealWith(key, sealed);
      if (text !== undefined) return text;
    }
    throw new Error('this was sealed under another SECRET_KEY than ours, or was changed');
  }

  /** Keys of 32 bytes for another purpose, from the keys that seal: the first is the one to use, the others are to be read. */
  async derive(purpose: string): Promise<readonly [Buffer, ...Buffer[]]> {
    const [current, ...older] = await this.keys();
    const derived = (key: Buffer): Buffer => Buffer.from(hkdfSync('sha256', key, '', purpose, 32));
    return [derived(current), ...older.map(derived)];
  }

  /** Whether it is sealed under the key that seals now, and not only under an older one. */
  async isCurrent(sealed: Uint8Array): Promise<boolean> {
    const [key] = await this.keys();
    return unsealWith(key, sealed) !== undefined;
  }
}

function unsealWith(key: Buffer, sealed: Uint8Array): string | undefined {
  const bytes = Buffer.from(sealed);
  try {
    const decipher = createDecipheriv(algorithm, key, bytes.subarray(0, nonceBytes));
    decipher.setAuthTag(bytes.subarray(nonceBytes, nonceBytes + tagBytes));
    const text = decipher.update(bytes.subarray(nonceBytes + tagBytes));
    return Buffer.concat([text, decipher.final()]).toString('utf8');
  } catch {
    return undefined;
  }
}

async function keysOf({
  secretKey,
  previousKey,
  dataDir,
}: SecretKeys): Promise<readonly [Buffer, ...Buffer[]]> {
  const file = join(dataDir, 'secret.key');
  if (secretKey === undefined) return [hashOf(await keyFile(file, dataDir))];
  const older = [previousKey, await readFile(file).catch(() => undefined)];
  return [hashOf(secretKey), ...older.flatMap((key) => (key === undefined ? [] : [hashOf(key)]))];
}

async function keyFile(file: string, dataDir: string): Promise<Buffer> {
  await mkdir(dataDir, { recursive: true });
  // Of two processes that begin at once one makes the file, and both read it.
  await writeFile(file, randomBytes(32), { flag: 'wx', mode: 0o600 }).catch((error: unknown) => {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
  });
  return readFile(file);
}

const hashOf = (key: string | Buffer): Buffer => createHash('sha256').update(key).digest();
