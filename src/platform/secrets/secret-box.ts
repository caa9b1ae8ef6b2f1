/**
 * Keeps what callers entrust to us unreadable at rest: AES-256-GCM under a key that is not in the database. The key
 * comes from SECRET_KEY, or from a file under DATA_DIR that is made once and that only this user can read.
 */
import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

const algorithm = 'aes-256-gcm';
const nonceBytes = 12;
const tagBytes = 16;

export class SecretBox {
  private constructor(private readonly key: () => Promise<Buffer>) {}

  /** Touches the disk only when a secret is first kept or read. */
  static open(options: { secretKey: string | undefined; dataDir: string }): SecretBox {
    let key: Promise<Buffer> | undefined;
    return new SecretBox(() => (key ??= keyOf(options)));
  }

  async seal(text: string): Promise<Buffer> {
    const nonce = randomBytes(nonceBytes);
    const cipher = createCipheriv(algorithm, await this.key(), nonce);
    const sealed = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
    return Buffer.concat([nonce, cipher.getAuthTag(), sealed]);
  }

  /** Throws when the key is another one or a byte was changed. */
  async unseal(sealed: Uint8Array): Promise<string> {
    const bytes = Buffer.from(sealed);
    const decipher = createDecipheriv(algorithm, await this.key(), bytes.subarray(0, nonceBytes));
    decipher.setAuthTag(bytes.subarray(nonceBytes, nonceBytes + tagBytes));
    const text = decipher.update(bytes.subarray(nonceBytes + tagBytes));
    return Buffer.concat([text, decipher.final()]).toString('utf8');
  }
}

async function keyOf({
  secretKey,
  dataDir,
}: {
  secretKey: string | undefined;
  dataDir: string;
}): Promise<Buffer> {
  if (secretKey !== undefined) return createHash('sha256').update(secretKey).digest();
  const file = join(dataDir, 'secret.key');
  await mkdir(dataDir, { recursive: true });
  // Of two processes that begin at once one makes the file, and both read it.
  await writeFile(file, randomBytes(32), { flag: 'wx', mode: 0o600 }).catch((error: unknown) => {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
  });
  return createHash('sha256')
    .update(await readFile(file))
    .digest();
}
