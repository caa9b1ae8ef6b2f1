import { describe, expect, it } from 'vitest';
import { judgePath } from './proxied-paths.js';

describe('judgePath', () => {
  it('passes what is for reading, and nothing that tells of a node or acts on it', () => {
    for (const path of ['/', '/assets/index.js', '/api/extensions', '/templates/index.json', '/api/i18n'])
      expect(judgePath('GET', path, [])).toBe('pass');
    for (const path of ['/internal/logs', '/api/manager/x', '/vhs/queryvideo', '/api/api/queue'])
      expect(judgePath('GET', path, [])).toBe('forbidden');
    for (const path of ['/api//queue', '/queue/', '/%71ueue/', '/x/../queue', '/api/history/', '/%2e%2e/x'])
      expect(judgePath('GET', path, [])).toBe('not_found');
    expect(judgePath('POST', '/anything', [])).toBe('forbidden');
  });

  it('opens what an operator allows, and what lies below it', () => {
    expect(judgePath('POST', '/manager/queue', ['/manager'])).toBe('pass');
    expect(judgePath('POST', '/managers', ['/manager'])).toBe('forbidden');
    expect(judgePath('POST', '/manager/../free', ['/manager'])).toBe('not_found');
  });
});
