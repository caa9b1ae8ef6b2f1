import { describe, expect, it } from 'vitest';

import { compareVersions, readCapabilities } from './capabilities.js';

const stats = (version: unknown) => ({ system: { comfyui_version: version } });

describe('versions', () => {
  it.each([
    ['0.3.9', '0.3.64'],
    ['0.3.76', '0.4.0'],
    ['0.4.0', '0.26.0'],
    ['0.26', '0.26.1'],
    ['nonsense', '0.0.1'],
  ])('%s is older than %s', (older, newer) => {
    expect(compareVersions(older, newer)).toBeLessThan(0);
    expect(compareVersions(newer, older)).toBeGreaterThan(0);
  });

  it('ignore prefixes, suffixes and trailing zeros', () => {
    expect(compareVersions('v0.33.0-5-gabc', '0.33')).toBe(0);
  });
});

describe('capabilities', () => {
  it.each([
    ['0.3.44', []],
    ['0.3.45', ['clientPromptIds', 'progressState', 'previewMetadata']],
    ['0.3.57', ['targetedInterrupt', 'partialExecutionTargets']],
    ['0.3.76', ['targetedInterrupt']],
    ['0.6.0', ['jobsApi', 'previewMethod', 'targetedInterrupt']],
    ['0.8.0', ['comboValidation']],
    ['0.25.0', ['uuidPromptIds']],
    ['0.26.0', ['atomicCancel']],
  ])('of %s include %j', (version, expected) => {
    const capabilities = readCapabilities({ systemStats: stats(version) });
    expect(capabilities).toMatchObject(Object.fromEntries(expected.map((name) => [name, true])));
  });

  it.each([
    ['0.3.56', 'targetedInterrupt'],
    ['0.4.0', 'jobsApi'],
    ['0.24.9', 'uuidPromptIds'],
    ['0.25.9', 'atomicCancel'],
  ])('of %s lack %s', (version, name) => {
    expect(readCapabilities({ systemStats: stats(version) })).toMatchObject({ [name]: false });
  });

  it('follow what probes showed rather than the version', () => {
    const shown = readCapabilities({ systemStats: stats('0.3.64'), jobsApi: true, atomicCancel: true });
    expect(shown).toMatchObject({ jobsApi: true, atomicCancel: true });
    const refuted = readCapabilities({ systemStats: stats('0.33.0'), jobsApi: false, atomicCancel: false });
    expect(refuted).toMatchObject({ jobsApi: false, atomicCancel: false });
  });

  it.each([undefined, null, 7, 'HEAD', {}])('claim nothing for the version %j', (version) => {
    const { maxUploadBytes, version: read, ...flags } = readCapabilities({ systemStats: stats(version) });
    expect([read, maxUploadBytes]).toEqual([undefined, 104_857_600]);
    expect(Object.values(flags)).not.toContain(true);
  });

  it('of a server without a version come from its features and routes', () => {
    const features = { supports_preview_metadata: true, max_upload_size: 5 };
    const read = readCapabilities({ systemStats: {}, features, atomicCancel: true });
    expect(read).toMatchObject({
      maxUploadBytes: 5,
      previewMetadata: true,
      targetedInterrupt: true,
      uuidPromptIds: true,
    });
  });
});
