import { describe, expect, it } from 'vitest';
import { featuresOf } from '../version.js';
import { originAllowed } from './origin-check.js';

const now = featuresOf('0.33.0');

describe('originAllowed', () => {
  it('lets requests without Origin through', () => {
    expect(originAllowed({ host: '127.0.0.1:8188' }, now)).toBe(true);
  });

  it('refuses another origin on a loopback host only', () => {
    expect(originAllowed({ host: '127.0.0.1:8188', origin: 'https://evil.example' }, now)).toBe(false);
    expect(originAllowed({ host: '127.0.0.1:8188', origin: 'http://127.0.0.1:8189' }, now)).toBe(false);
    expect(originAllowed({ host: '127.0.0.1:8188', origin: 'http://127.0.0.1:8188' }, now)).toBe(true);
    expect(originAllowed({ host: 'gpu-box:8188', origin: 'https://evil.example' }, now)).toBe(true);
  });

  it('refuses cross-site requests since 0.19', () => {
    const headers = { host: 'gpu-box:8188', 'sec-fetch-site': 'cross-site' };
    expect([originAllowed(headers, now), originAllowed(headers, featuresOf('0.18.9'))]).toEqual([
      false,
      true,
    ]);
  });
});
