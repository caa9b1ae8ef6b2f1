import { expect, it } from 'vitest';
import { escapeOf, protocolOf } from './pictures.js';

it('asks the environment what the terminal can show', () => {
  expect(protocolOf({ KITTY_WINDOW_ID: '1' }, true)).toBe('kitty');
  expect(protocolOf({ TERM: 'xterm-kitty' }, true)).toBe('kitty');
  expect(protocolOf({ TERM_PROGRAM: 'iTerm.app' }, true)).toBe('iterm');
  expect(protocolOf({ TERM_PROGRAM: 'WezTerm' }, true)).toBe('iterm');
  expect(protocolOf({ TERM_PROGRAM: 'WezTerm', TMUX: '1' }, true)).toBeNull();
  expect(protocolOf({ TERM: 'xterm-kitty' }, false)).toBeNull();
  expect(protocolOf({ TERM: 'xterm' }, true)).toBeNull();
});

it('sends pictures whole, in pieces that Kitty takes', () => {
  const image = Buffer.alloc(10_000, 7);
  const kitty = escapeOf('kitty', image);
  const pieces = [...kitty.replaceAll('\u001b', '<').matchAll(/<_G([^;]*);([^<]*)<\\/g)];
  expect(pieces.map(([, control]) => control)).toEqual(['a=T,f=100,q=2,r=12,m=1', 'm=1', 'm=1', 'm=0']);
  expect(Buffer.from(pieces.map(([, , data]) => data).join(''), 'base64').equals(image)).toBe(true);
  expect(escapeOf('iterm', image)).toContain(`:${image.toString('base64')}\u0007`);
});
