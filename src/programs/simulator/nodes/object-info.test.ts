import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { parseJson } from '../wire/json-parse.js';
import { writeJson } from '../wire/json-write.js';
import type { Dict } from '../wire/values.js';
import { wanModelFiles } from './model-files.js';
import { ObjectInfo } from './object-info.js';

const recorded = gunzipSync(
  readFileSync(new URL('../recordings/object_info.json.gz', import.meta.url)),
).toString('utf8');

describe('ObjectInfo', () => {
  it('equals the recording when the node holds the recorded files', () => {
    const info = new ObjectInfo(wanModelFiles, false, () => ['test.jpg']);
    const differing = [...(parseJson(recorded) as Map<string, Dict>)].filter(
      ([name, recordedInfo]) => writeJson(info.get(name)) !== writeJson(recordedInfo),
    );
    expect(differing.map(([name]) => name)).toEqual([]);
    expect(Buffer.from(info.document()).toString() === writeJson(parseJson(recorded))).toBe(true);
  });

  it('shows every change of the model files at once', () => {
    const info = new ObjectInfo(wanModelFiles, false, () => []);
    info.setModels({ ...wanModelFiles, loras: ['other.safetensors'] });
    expect(writeJson(info.get('LoraLoaderModelOnly'))).toContain('"lora_name": [["other.safetensors"]');
  });

  it('writes model names with backslashes on Windows', () => {
    const info = new ObjectInfo({ loras: ['Wan/high.safetensors'] }, true, () => []);
    expect(writeJson(info.get('LoraLoaderModelOnly'))).toContain(String.raw`Wan\\high.safetensors`);
  });
});
