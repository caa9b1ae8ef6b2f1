// Packs the recorded answers of the real editor (a folder with ui/, golden/, cases/, index.json, object_info.json.gz)
// into the few compressed files that the conversion's tests read. node scripts/ui-format-fixtures.mjs FOLDER
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliCompressSync, constants, gunzipSync } from 'node:zlib';

const source = process.argv[2];
if (source === undefined) throw new Error('usage: node scripts/ui-format-fixtures.mjs FOLDER');
const target = new URL('../test/contract/comfyui/ui-format/recordings/', import.meta.url);

const readJson = (...path) => JSON.parse(readFileSync(join(source, ...path), 'utf8'));
const readText = (...path) => readFileSync(join(source, ...path), 'utf8').trim();

function write(name, text) {
  const params = { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_LGWIN]: 24 };
  const packed = brotliCompressSync(text, { params });
  writeFileSync(new URL(name, target), packed);
  console.log(`${name}: ${text.length} characters, ${packed.length} bytes`);
}

const cases = readdirSync(join(source, 'cases')).map((file) => {
  const { title, ui: _ui, api, error, loaded, unstable } = readJson('cases', file);
  const name = file.replace(/\.json$/, '');
  // The case's own text, so that a number above 2^53 keeps its digits.
  const ui = uiText(readText('cases', file));
  return `${JSON.stringify({ name, title, api, error, loaded, unstable }).slice(0, -1)},"ui":${ui}}`;
});

/** The text of the member `ui`, one line. */
function uiText(text) {
  const start = text.indexOf('"ui":') + 5;
  let depth = 0;
  for (let at = start; at < text.length; at += 1) {
    if (text[at] === '"') at = endOfString(text, at);
    else if (text[at] === '{') depth += 1;
    else if (text[at] === '}' && --depth === 0) return text.slice(start, at + 1).replace(/\n\s*/g, '');
  }
  throw new Error('no ui');
}

function endOfString(text, start) {
  let at = start + 1;
  while (text[at] !== '"') at += text[at] === '\\' ? 2 : 1;
  return at;
}

const golden = readJson('index.json')
  .filter((file) => file.split === 'golden' && !file.error)
  .filter(({ classes_missing: missing, unstable }) => missing.length === 0 && unstable.length === 0)
  .map(({ name }) => {
    const { api } = readJson('golden', `${name}.json`);
    return `{"name":${JSON.stringify(name)},"api":${JSON.stringify(api)},"ui":${readText('ui', `${name}.json`)}}`;
  });

write('cases.jsonl.br', cases.join('\n'));
write('golden.jsonl.br', golden.join('\n'));
write('object-info.json.br', gunzipSync(readFileSync(join(source, 'object_info.json.gz'))).toString('utf8'));
