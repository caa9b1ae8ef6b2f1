import { describe, expect, it } from 'vitest';
import { processorMs } from '../../../test/support/processor-time.js';
import { parseNodeAddress, readNodeUrl, redactUrl } from './urls.js';

describe('the address of a node', () => {
  it.each([
    ['http://10.0.0.5:8188/', 'http://10.0.0.5:8188'],
    ['https://u:p%40ss@gpu.example/comfy//', 'https://u:p%40ss@gpu.example/comfy'],
    ['HTTP://Host:80', 'http://host'],
    ['http://[fd00::1]:8188', 'http://[fd00::1]:8188'],
  ])('%s is kept as %s', (text, url) => expect(readNodeUrl(text)).toEqual({ url }));

  it.each([
    ['', 'not a URL'],
    ['gpu1:8188', 'http(s)'],
    ['ftp://h', 'http(s)'],
    ['http://h/#f', 'fragment'],
    ['http://h/#', 'fragment'],
    ['http://h/?', 'query'],
    ['http://h/?token=s3cret', 'query'],
    ['http://%zz@h', 'userinfo'],
    ['http://u:%ff@h', 'userinfo'],
    ['http://169.254.169.254', 'link-local'],
    ['http://2852039166:80', 'link-local'],
    ['http://[fe80::1]', 'link-local'],
    ['http://[::ffff:169.254.1.1]', 'link-local'],
    [`http://h/${'a'.repeat(2048)}`, 'longer'],
    [`http://h/${'ü'.repeat(1000)}`, 'longer'],
  ])('%s is none', (text, mistake) =>
    expect(readNodeUrl(text)).toEqual({ mistake: expect.stringContaining(mistake) }),
  );

  it('is read after a name too, and what is wrong is told without its secrets', () => {
    expect(parseNodeAddress('gpu1=http://h:1/')).toEqual({ name: 'gpu1', url: 'http://h:1' });
    const told = JSON.stringify(parseNodeAddress('gpu1=http://u:s3cret@h/?token=s3cret'));
    expect(told).toContain('query');
    expect(told).not.toContain('s3cret');
  });
});

describe('a URL as it may be printed', () => {
  it.each([
    ['http://host:8188/x', 'http://host:8188/x'],
    ['http://user:secret@host/x', 'http://user:***@host/x'],
    ['http://token@host', 'http://***@host'],
    ['http://u:a@b:c@host', 'http://u:***@host'],
    ['https://host/a?token=secret&b=1', 'https://host/a?***'],
    ['postgres://u:secret@h/db?password=secret', 'postgres://u:***@h/db?***'],
    ['node is at http://u:secret@h, or at http://k@h', 'node is at http://u:***@h, or at http://***@h'],
    ['what is this?', 'what is this?'],
  ])('%s is %s', (text, shown) => expect(redactUrl(text)).toBe(shown));

  it.each(['/', '//', '@', '//@', '?', 'a '])('costs no more than its length, of many %s', (part) => {
    const url = `http://${part.repeat(1_000_000 / part.length)}`;
    expect(processorMs(() => redactUrl(url))).toBeLessThan(2000);
  });
});
