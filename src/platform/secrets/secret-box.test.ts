import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { SecretBox } from './secret-box.js';

describe('SecretBox', () => {
  let dataDir: string;
  beforeEach(async () => void (dataDir = await mkdtemp(join(tmpdir(), 'secret-box-'))));
  afterEach(() => rm(dataDir, { recursive: true }));

  it('gives back what was sealed, also to another process with the same folder', async () => {
    const sealed = await SecretBox.open({ secretKey: undefined, dataDir }).seal('api-key ü');
    expect(sealed.toString('latin1')).not.toContain('api-key');
    expect(await SecretBox.open({ secretKey: undefined, dataDir }).unseal(sealed)).toBe('api-key ü');
    expect((await stat(join(dataDir, 'secret.key'))).mode & 0o777).toBe(0o600);
  });

  it('keeps nothing on disk when the key is given', async () => {
    const box = SecretBox.open({ secretKey: 'a key of sixteen', dataDir });
    expect(await box.unseal(await box.seal('x'))).toBe('x');
    await expect(readFile(join(dataDir, 'secret.key'))).rejects.toThrow('ENOENT');
  });

  it('reads what was sealed under the previous key, and seals under the new one', async () => {
    const [old, fresh] = ['an older key of ours', 'a newer key of ours'];
    const before = SecretBox.open({ secretKey: old, dataDir });
    const after = SecretBox.open({ secretKey: fresh, previousKey: old, dataDir });
    const sealed = await before.seal('x');
    expect(await after.unseal(sealed)).toBe('x');
    expect(await after.isCurrent(sealed)).toBe(false);
    expect(await after.isCurrent(await after.seal('y'))).toBe(true);
    await expect(before.unseal(await after.seal('y'))).rejects.toThrow('another SECRET_KEY');
  });

  it('reads what was sealed under the file, once there is a key', async () => {
    const sealed = await SecretBox.open({ secretKey: undefined, dataDir }).seal('x');
    expect(await SecretBox.open({ secretKey: 'a key of sixteen', dataDir }).unseal(sealed)).toBe('x');
  });

  it('refuses what was sealed under another key or changed', async () => {
    const sealed = await SecretBox.open({ secretKey: 'a key of sixteen', dataDir }).seal('x');
    await expect(SecretBox.open({ secretKey: 'another key, also', dataDir }).unseal(sealed)).rejects.toThrow(
      'another SECRET_KEY',
    );
    sealed[sealed.length - 1] = (sealed.at(-1) ?? 0) ^ 1;
    await expect(SecretBox.open({ secretKey: 'a key of sixteen', dataDir }).unseal(sealed)).rejects.toThrow(
      'another SECRET_KEY',
    );
  });
});
