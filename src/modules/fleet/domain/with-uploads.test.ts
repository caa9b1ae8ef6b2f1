import { describe, expect, it } from 'vitest';
import { atOnce } from '../../comfyui/domain/index.js';
import { isLoader, withUploads } from './with-uploads.js';

const offered = (text: string, names: readonly string[]): string => atOnce(withUploads(text, names));

const uploads = ['a.png', 'clip.mp4', 'sound.wav', 'notes.txt'];
const listed = (spec: string): string =>
  `{"input": {"required": {"file": ${spec}, "n": ["INT", {"max": 18446744073709551615}]}}}`;

describe('withUploads', () => {
  it('lists the files that a loader takes, in either encoding, with the node’s own', () => {
    expect(offered(listed('[["z.png"], {"image_upload": true}]'), uploads)).toBe(
      listed('[["a.png", "z.png"], {"image_upload": true}]'),
    );
    expect(offered(listed('["COMBO", {"options": [], "video_upload": true}]'), uploads)).toBe(
      listed('["COMBO", {"options": ["clip.mp4"], "video_upload": true}]'),
    );
    expect(offered(listed('["COMBO", {"audio_upload": true, "options": ["sound.wav"]}]'), uploads)).toBe(
      listed('["COMBO", {"audio_upload": true, "options": ["clip.mp4", "sound.wav"]}]'),
    );
  });

  it('keeps the bytes of every other class, and of all where there is no upload', () => {
    const other = listed('[["z.png"], {}]');
    expect([isLoader(other), offered(other, uploads)]).toEqual([false, other]);
    const loader = listed('[["z.png"],   {"image_upload": true}]');
    expect(offered(loader, [])).toBe(loader);
  });

  it('bears descriptions that make no sense', () => {
    for (const text of [
      '{"input": {"required": [{"image_upload": true}], "optional": 5}}',
      '["image_upload", {"image_upload": true}]',
    ])
      expect(JSON.parse(offered(text, uploads))).toEqual(JSON.parse(text));
  });
});
