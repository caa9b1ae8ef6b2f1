import { describe, expect, it } from 'vitest';
import { refusalOfTarget } from './target.js';

describe('a webhook', () => {
  it.each([
    'http://localhost:9000/done',
    'https://hooks.example/a?token=b',
    'http://10.0.0.7/',
    'http://[::1]:80/x',
  ])('may go to %s', (url) => expect(refusalOfTarget(url, [])).toBeNull());

  it.each([
    ['ftp://host/x', 'http'],
    ['file:///etc/passwd', 'http'],
    ['nothing', 'URL'],
    ['http://user:pass@host/', 'credentials'],
    ['http://169.254.169.254/latest/meta-data', 'link-local'],
    ['http://2852039166/', 'link-local'],
    ['http://[fe80::1]/', 'link-local'],
    ['http://[::ffff:169.254.169.254]/', 'link-local'],
  ])('may not go to %s', (url, why) => expect(refusalOfTarget(url, [])).toContain(why));

  it('goes to listed hosts alone once there are some', () => {
    const hosts = ['hooks.example', '*.inner.example', 'box:9000'];
    for (const url of ['https://hooks.example:444/x', 'http://a.inner.example/', 'http://box:9000/'])
      expect(refusalOfTarget(url, hosts)).toBeNull();
    for (const url of [
      'http://other.example/',
      'http://inner.example/',
      'http://box/',
      'http://nothooks.example',
    ])
      expect(refusalOfTarget(url, hosts)).toContain('WEBHOOK_HOSTS');
  });
});
