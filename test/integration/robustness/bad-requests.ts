/** Requests that no caller should send, with the answer each must get. */
import { PNG } from 'pngjs';

/** Limits of the service that gets them, in bytes. */
export const limits = { MAX_UPLOAD_BYTES: '100000', MAX_BODY_BYTES: '200000' };

export interface BadRequest {
  what: string;
  path: string;
  /** A fresh body each time. */
  init: () => RequestInit;
  status: number;
  /** Found in the text of the answer. */
  says: string | RegExp;
}

type Fields = Record<string, string | number>;

const picture = PNG.sync.write(new PNG({ width: 32, height: 24 }));
const workflow = 'wan2.2_i2v_14b_4';
const goodFields: Fields = { prompt: 'a slow pan', length: 16, width: 512, height: 512 };
const notAnImage = 'The file is not an image';

const text = (words: string): Buffer => Buffer.from(words);

/** The picture, claiming another size than it has. */
function claiming(width: number, height: number): Buffer {
  const bytes = Buffer.from(picture);
  bytes.writeUInt32BE(width, 16);
  bytes.writeUInt32BE(height, 20);
  return bytes;
}

function formOf(fields: Fields, image?: Buffer): FormData {
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) form.set(name, String(value));
  if (image) form.set('image', new Blob([new Uint8Array(image)], { type: 'image/jpeg' }), 'photo.jpg');
  return form;
}

function badUpload(what: string, image: Buffer | undefined, status: number, says: string): BadRequest {
  const init = () => ({ method: 'POST', body: formOf(goodFields, image) });
  return { what, path: '/api/upload_and_generate', init, status, says };
}

const uploads: BadRequest[] = [
  badUpload('a form without an image', undefined, 422, '"loc":["body","image"]'),
  badUpload('text named .jpg', text('just words'), 400, notAnImage),
  badUpload('an empty file', Buffer.alloc(0), 400, 'The file is empty'),
  badUpload(
    'a picture over the limit',
    Buffer.concat([picture, Buffer.alloc(300_000)]),
    413,
    'larger than 100000 bytes',
  ),
  badUpload('a PNG of eight bytes', picture.subarray(0, 8), 400, notAnImage),
  badUpload('a PNG cut within its header', picture.subarray(0, 20), 400, 'breaks off'),
  badUpload(
    'a JPEG cut within its header',
    Buffer.from([0xff, 0xd8, 0xff, 0xe0, 0, 16, 0x4a]),
    400,
    'breaks off',
  ),
  badUpload('a PNG of 60000×60000 pixels in 100 bytes', claiming(60_000, 60_000), 400, '60000×60000 pixels'),
  badUpload('a PNG of 4294967295 pixels a side', claiming(0xffffffff, 0xffffffff), 400, 'pixels'),
  badUpload('a PNG without pixels', claiming(0, 24), 400, 'no pixels'),
];

function badField(name: string, value: string | number, type: string): BadRequest {
  const init = () => ({ method: 'POST', body: formOf({ ...goodFields, [name]: value }, picture) });
  return {
    what: `${name}=${value}`,
    path: '/api/upload_and_generate',
    init,
    status: 422,
    says: `"type":"${type}","loc":["body","${name}"]`,
  };
}

const fields: BadRequest[] = [
  badField('width', 100, 'greater_than_equal'),
  badField('height', 'tall', 'int_parsing'),
  badField('length', 1e9, 'less_than_equal'),
  badField('steps', '4.5', 'int_parsing'),
  badField('steps', -1, 'greater_than_equal'),
  badField('cfg', 'nan', 'less_than_equal'),
  badField('cfg', 'warm', 'float_parsing'),
  badField('fps', 1000, 'less_than_equal'),
  badField('prompt', '', 'missing'),
];

function json(what: string, path: string, body: string, status: number, says: string | RegExp): BadRequest {
  const headers = { 'content-type': 'application/json' };
  return { what: `${what} at ${path}`, path, init: () => ({ method: 'POST', headers, body }), status, says };
}

const deep = '['.repeat(50_000) + ']'.repeat(50_000);
const giant = JSON.stringify({ prompt: 'x'.repeat(300_000), image_filename: 'a.png' });

const bodies: BadRequest[] = [
  json('broken JSON', '/api/generate', '{"prompt":', 422, '"type":"json_invalid"'),
  json('an array', '/api/generate', '[]', 422, 'valid dictionary'),
  json('deep JSON', '/api/generate', deep, 400, 'error parsing the body'),
  json('giant JSON', '/api/generate', giant, 413, 'too large'),
  json('an unknown image', '/api/generate', '{"prompt":"x","image_filename":"nobody.png"}', 400, 'no image'),
  json(
    'a path upwards',
    '/api/generate',
    '{"prompt":"x","image_filename":"../../etc/passwd"}',
    400,
    'no image',
  ),
  json('broken JSON', '/v1/jobs', '{', 400, 'not valid JSON'),
  json('nothing', '/v1/jobs', '', 400, 'not valid JSON'),
  json('deep JSON', '/v1/jobs', `{"graph":${deep}}`, 400, 'not valid JSON'),
  json('giant JSON', '/v1/jobs', giant, 413, 'too large'),
  json('an unknown workflow', '/v1/jobs', '{"workflow":"nobody"}', 404, 'no workflow'),
  json('an unknown field', '/v1/jobs', `{"workflow":"${workflow}","inputs":{},"bogus":1}`, 422, 'bogus'),
  json('neither graph nor workflow', '/v1/jobs', '{"inputs":{}}', 422, '"pointer":"/workflow"'),
  json('a graph that is a list', '/v1/jobs', '{"graph":[]}', 422, '"pointer":"/graph"'),
];

const input = (what: string, inputs: object, says: string): BadRequest =>
  json(what, '/v1/jobs', JSON.stringify({ workflow, inputs }), 422, says);

const inputs: BadRequest[] = [
  input('an unknown input', { prompt: 'x', bogus: 1 }, '"field":"bogus"'),
  input('a number as text', { prompt: 'x', steps: '4' }, '"field":"steps"'),
  input('a file nobody uploaded', { prompt: 'x', image: { asset: 'a'.repeat(64) } }, '"field":"image"'),
  input('a file that is a path', { prompt: 'x', image: { asset: '../../etc/passwd' } }, '"field":"image"'),
];

/** Each runs, disables or ends some release of ComfyUI when it is passed on. */
const image = { class_type: 'EmptyImage', inputs: { width: 64, height: 64, batch_size: 1, color: 0 } };
const preview = { class_type: 'PreviewImage', inputs: { images: ['1', 0] } };
const invert = (from: string) => ({ class_type: 'ImageInvert', inputs: { image: [from, 0] } });

const graph = (what: string, nodes: object, says: string, more: object = {}): BadRequest =>
  json(what, '/v1/jobs', JSON.stringify({ graph: nodes, ...more }), 400, says);

const graphs: BadRequest[] = [
  graph('no node', {}, 'has no nodes'),
  graph(
    'an unconnected node without inputs',
    { 1: image, 2: preview, 3: { class_type: 'EmptyImage' } },
    'Node 3',
  ),
  graph('a node without class_type', { 1: image, 2: preview, 3: { inputs: {} } }, 'no class_type'),
  graph(
    'a class_type that is a number',
    { 1: image, 2: preview, 3: { class_type: 5, inputs: {} } },
    'no class_type',
  ),
  graph('a node that is null', { 1: null }, 'not an object'),
  graph('an unknown class', { 1: image, 2: preview, 3: { class_type: 'Nobody', inputs: {} } }, 'Nobody'),
  graph(
    'a link to nowhere',
    { 2: { class_type: 'PreviewImage', inputs: { images: ['9', 0] } } },
    'no node 9',
  ),
  graph(
    'a link to nowhere in an undeclared input',
    { 1: image, 2: { ...preview, inputs: { images: ['1', 0], extra: ['9', 0] } } },
    'no node 9',
  ),
  graph(
    'a link that is wrapped',
    { 1: image, 2: { ...preview, inputs: { images: { __value__: ['9', 0] } } } },
    'wrapped',
  ),
  graph(
    'a link with a negative slot',
    { 1: image, 2: { ...preview, inputs: { images: ['1', -1] } } },
    'bad_link',
  ),
  graph(
    'a link whose id is a number',
    { 1: image, 2: { ...preview, inputs: { images: [1, 0] } } },
    'bad_link',
  ),
  graph('a cycle of two', { 1: invert('3'), 3: invert('1'), 2: preview }, '"code":"cycle"'),
  graph('a node that feeds itself', { 1: invert('1'), 2: preview }, '"code":"cycle"'),
  graph('a graph without output', { 1: image }, 'no_outputs'),
  graph(
    'a prototype as id',
    JSON.parse('{"__proto__":{"class_type":"EmptyImage","inputs":{}}}') as object,
    'bad_node_id',
  ),
  graph('6000 nodes', Object.fromEntries(Array.from({ length: 6000 }, (_, id) => [id, 0])), '5000 nodes'),
  graph(
    'NUL in a model name',
    {
      1: { class_type: 'VAELoader', inputs: { vae_name: 'a\0b' } },
      2: { ...preview, inputs: { images: ['1', 0] } },
    },
    'Value not in list',
  ),
  graph('half a surrogate pair in a label', { 1: image, 2: preview }, 'surrogate', {
    labels: { team: '\ud800' },
  }),
];

export const badRequests: readonly BadRequest[] = [...uploads, ...fields, ...bodies, ...inputs, ...graphs];
