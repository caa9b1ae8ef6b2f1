import { describe, expect, it, test } from 'vitest';
import { forwardingHeaders } from '../../../../test/support/forwarding-headers.js';
import { isAtThisMachine } from './at-this-machine.js';

const host = 'localhost:5014';

test.each(Object.entries(forwardingHeaders))('%s: %s tells that somebody passed it on', (name, value) => {
  expect(isAtThisMachine('127.0.0.1', { host, [name]: value })).toBe(false);
  expect(isAtThisMachine('::1', { host, [name]: '' })).toBe(false);
});

describe('who sits here', () => {
  it.each(['127.0.0.1', '127.8.9.10', '::1', '::ffff:127.0.0.1'])('comes from %s', (peer) => {
    expect(isAtThisMachine(peer, { host })).toBe(true);
  });
  it.each([
    undefined,
    '',
    '10.0.0.1',
    '0.0.0.0',
    '::',
    '169.254.0.1',
    'fe80::1',
    '::ffff:10.0.0.1',
    'localhost',
    '127.0.0.1.example',
  ])('does not come from %s', (peer) => {
    expect(isAtThisMachine(peer, { host })).toBe(false);
  });
  it.each([
    undefined,
    'localhost',
    'LOCALHOST:5014',
    'gpu.localhost',
    'localhost.',
    '127.0.0.1:5014',
    '127.1',
    '[::1]:8188',
    '0.0.0.0:5014',
  ])('asks under the name %s', (name) => {
    expect(isAtThisMachine('127.0.0.1', { host: name })).toBe(true);
  });
  it.each([
    'comfy.example.com',
    'localhost.example.com',
    'notlocalhost',
    '10.0.0.1',
    'localhost:5014.evil',
    '[::2]',
    'localhost@evil',
    '127.0.0.1.nip.io',
    '\u0000',
  ])('does not ask under the name %s', (name) => {
    expect(isAtThisMachine('127.0.0.1', { host: name })).toBe(false);
  });
  it('may send what clients and tracing send themselves', () => {
    const own = {
      traceparent: '00-a-b-01',
      'x-request-id': '1',
      'x-requested-with': 'a',
      accept: '*/*',
      'x-api-key': 'sk-1',
    };
    expect(isAtThisMachine('127.0.0.1', { host, ...own })).toBe(true);
  });
});
