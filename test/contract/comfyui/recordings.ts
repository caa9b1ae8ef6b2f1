import { readdirSync, readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { parseJson } from '../../../src/programs/simulator/wire/json-parse.js';
import { writeJson } from '../../../src/programs/simulator/wire/json-write.js';
import type { Dict, Value } from '../../../src/programs/simulator/wire/values.js';

const folder = new URL('../recordings/comfyui-0.33/', import.meta.url);

/** What a real ComfyUI 0.33 sent and answered for one prompt; texts are as they were on the wire. */
export interface Recording {
  readonly name: string;
  readonly requestText: string;
  readonly promptId: string;
  readonly clientId: string;
  readonly status: number;
  readonly responseText: string;
  readonly frames: readonly string[];
  readonly historyText: string;
  readonly job: Dict;
}

export const recordingNames = (prefix: 'run' | 'reject'): string[] =>
  readdirSync(folder)
    .filter((file) => file.startsWith(`${prefix}-`))
    .map((file) => file.replace('.json.gz', ''));

/** Parsed and written back in the server's byte style, which the files' indentation had replaced. */
export function readRecording(name: string): Recording {
  const data = parseJson(
    gunzipSync(readFileSync(new URL(`${name}.json.gz`, folder))).toString('utf8'),
  ) as Dict;
  const body = dict(dict(data, 'request'), 'body');
  const response = dict(data, 'response');
  return {
    name,
    requestText: writeJson(body),
    promptId: body.get('prompt_id') as string,
    clientId: body.get('client_id') as string,
    status: response.get('status') as number,
    responseText: writeJson(response.get('body')),
    frames: (data.get('websocket') as Dict[]).map((frame) => writeJson(frame.get('message'))),
    historyText: writeJson(data.get('history')),
    job: dict(data, 'job'),
  };
}

export const readPlainRecording = (name: string): Value =>
  parseJson(readFileSync(new URL(`${name}.json`, folder), 'utf8'));

const dict = (from: Dict, key: string): Dict => from.get(key) as Dict;
