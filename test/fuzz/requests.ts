/** What strangers send: whole requests by the byte, and ordinary ones with odd texts in every field. */
import { connect } from 'node:net';
import { say } from '../support/lying-node.js';
import type { Random } from './random.js';

const upgrade =
  'Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n';
const targets = [
  '/',
  '//',
  '///',
  '/ws',
  '//ws',
  '/%',
  '/%00',
  '*',
  '/ws?clientId=%',
  'http://[',
  '/prompt',
  '/v1/jobs',
  '/view?filename=%ff',
  '/\\',
  '/api/userdata/%2e%2e%2f',
  '/v1/jobs/%zz',
  '/livez',
  '/history/%ff',
];
const methods = [
  'GET',
  'POST',
  'PUT',
  'DELETE',
  'PATCH',
  'OPTIONS',
  'HEAD',
  'TRACE',
  'CONNECT',
  'get',
  'FOO',
];
const heads = [
  '',
  upgrade,
  'Connection: Upgrade\r\nUpgrade: h2c\r\n',
  'Content-Length: 5\r\n',
  'Content-Length: -1\r\n',
  'Content-Length: 99999999999999999999\r\n',
  'Transfer-Encoding: chunked\r\n',
  'Transfer-Encoding: chunked\r\nContent-Length: 3\r\n',
  'Content-Type: multipart/form-data\r\nContent-Length: 3\r\n',
  'Content-Type: application/json\r\nContent-Length: 2\r\n',
  'Origin: http://%zz\r\n',
  'Range: bytes=-1-,,\r\n',
  'Cookie: a=%ff; comfymux=\xff\r\n',
  'Expect: 100-continue\r\nContent-Length: 10\r\n',
  'Content-Encoding: gzip\r\nContent-Length: 3\r\n',
  'traceparent: 00-zz-zz-zz\r\n',
  `X-Long: ${'x'.repeat(20_000)}\r\n`,
];
const bodies = [
  '',
  '{}',
  'abc',
  '[',
  '5\r\nhello\r\n0\r\n\r\n',
  'ffffffff\r\n',
  '\0\0\0',
  '{"a":'.repeat(5_000),
];

/** One request by the byte, answered or not; the link is gone within two seconds. */
export async function sendRaw(port: number, random: Random): Promise<void> {
  const line = `${random.pick(methods)} ${random.chance(0.8) ? random.pick(targets) : random.text()} HTTP/${random.pick(['1.1', '1.0', '9.9'])}`;
  const host = random.pick(['Host: x\r\n', 'Host: [\r\n', '', 'Host: a\r\nHost: b\r\n']);
  const bytes = Buffer.from(`${line}\r\n${host}${random.pick(heads)}\r\n${random.pick(bodies)}`, 'latin1');
  await new Promise<void>((done) => {
    const socket = connect(port, '127.0.0.1');
    const timer = setTimeout(() => socket.destroy(), 2_000);
    socket
      .on('error', () => undefined)
      .on('close', () => {
        clearTimeout(timer);
        done();
      });
    socket.resume();
    socket.end(bytes);
  });
}

export interface Doors {
  url: string;
  nativeUrl: string;
}

interface Shape {
  door: keyof Doors;
  method: string;
  path: (text: () => string) => string;
  body?: (text: () => string) => unknown;
}

const part = (text: string): string => encodeURIComponent(text.replaceAll(/\p{Cs}/gu, '\ufffd'));
const post = (door: Shape['door'], path: string, body: NonNullable<Shape['body']>): Shape => ({
  door,
  method: 'POST',
  path: () => path,
  body,
});
const get = (door: Shape['door'], path: Shape['path']): Shape => ({ door, method: 'GET', path });

const shapes: Shape[] = [
  post('url', '/v1/jobs', (text) => ({
    graph: say({ text: [text()] }),
    labels: { [text()]: text() },
    extra_data: { [text()]: text() },
  })),
  post('url', '/v1/jobs', (text) => ({
    graph: { [text()]: { class_type: text(), inputs: { [text()]: text() }, _meta: { title: text() } } },
  })),
  post('url', '/v1/jobs', (text) => ({ workflow: text(), inputs: { [text()]: text() }, tenant: text() })),
  post('url', '/v1/jobs/batch', (text) => ({
    job: { workflow: text(), inputs: { [text()]: text() }, labels: { [text()]: text() } },
    sweep: { [text()]: [text(), text()], [text()]: text() },
    mode: text(),
  })),
  post('url', '/v1/jobs/batch', (text) => ({
    jobs: [{ graph: say({ text: [text()] }), labels: { [text()]: text() } }, { [text()]: text() }],
    tenant: text(),
  })),
  post('url', '/v1/forecast', (text) => ({
    graph: { [text()]: { class_type: text(), inputs: { [text()]: text() } } },
    tenant: text(),
  })),
  get('url', (text) => `/v1/batches/${part(text())}/results.zip`),
  get('url', (text) => `/v1/batches/${part(text())}/deliveries?state=${part(text())}`),
  get('url', (text) => `/v1/batches?tenant=${part(text())}&cursor=${part(text())}`),
  post('url', '/v1/nodes', (text) => ({
    id: `fuzz-${text()}`,
    url: `http://127.0.0.1:1/${text()}`,
    labels: { [text()]: text() },
  })),
  post('url', '/v1/nodes', (text) => ({ id: 'fuzz-url', url: `http://${text()}@127.0.0.1:1/` })),
  post('url', '/v1/readiness', (text) => ({
    graph: { 1: { class_type: text(), inputs: { lora: text() } } },
  })),
  post('url', '/v1/tenants', (text) => ({ id: text(), weight: 1 })),
  post('url', '/api/generate', (text) => ({ prompt: text(), image_filename: text(), cfg: text() })),
  get('url', (text) => `/api/status/${part(text())}`),
  get('url', (text) => `/cfui/view?filename=${part(text())}&subfolder=${part(text())}&type=${part(text())}`),
  get('url', (text) => `/v1/jobs?cursor=${part(text())}&workflow=${part(text())}`),
  get('url', (text) => `/v1/jobs/${part(text())}`),
  { door: 'url', method: 'DELETE', path: () => '/v1/nodes/fuzz-url' },
  post('nativeUrl', '/prompt', (text) => ({
    prompt: say({ text: [text()] }),
    client_id: text(),
    extra_data: { [text()]: text() },
    prompt_id: text(),
  })),
  post('nativeUrl', '/prompt', (text) => ({
    prompt: say({ text: [text()] }),
    client_id: text(),
    extra_data: { a: text() },
  })),
  post('nativeUrl', '/settings', (text) => ({ [text()]: text() })),
  post('nativeUrl', '/history', (text) => ({ delete: [text()] })),
  post('nativeUrl', '/queue', (text) => ({ delete: [text()] })),
  post('nativeUrl', '/interrupt', (text) => ({ prompt_id: text() })),
  post('nativeUrl', '/users', (text) => ({ username: text() })),
  { door: 'nativeUrl', method: 'POST', path: (text) => `/userdata/${part(text())}`, body: (text) => text() },
  get('nativeUrl', (text) => `/userdata?dir=${part(text())}`),
  get(
    'nativeUrl',
    (text) =>
      `/view?filename=${part(text())}&subfolder=${part(text())}&type=${part(text())}&preview=${part(text())}`,
  ),
  get('nativeUrl', (text) => `/history/${part(text())}`),
  get('nativeUrl', (text) => `/history?max_items=${part(text())}&offset=${part(text())}`),
  get('nativeUrl', (text) => `/object_info/${part(text())}`),
  get('nativeUrl', (text) => `/models/${part(text())}`),
  get('nativeUrl', () => '/queue'),
];

/** One request with odd texts in every field. The answer's status, or 0 when the link broke. */
export async function sendOdd(doors: Doors, random: Random): Promise<{ what: string; status: number }> {
  const shape = random.pick(shapes);
  const text = (): string => random.text();
  const path = shape.path(text);
  const what = `${shape.method} ${path.split('?')[0]!.slice(0, 80)}`;
  const body = shape.body && JSON.stringify(shape.body(text));
  try {
    const response = await fetch(doors[shape.door] + path, {
      method: shape.method,
      ...(body !== undefined && { body, headers: { 'content-type': 'application/json' } }),
      signal: AbortSignal.timeout(20_000),
    });
    await response.arrayBuffer();
    return { what, status: response.status };
  } catch {
    return { what, status: 0 };
  }
}

const oddNames = ['a.png', '', '..', '\0.png', '日本語.png', 'x'.repeat(300), '"; a="', 'a\r\nb'];

/** One upload with an odd name to the original API or ComfyUI's. */
export async function uploadOdd(doors: Doors, random: Random): Promise<{ what: string; status: number }> {
  const form = new FormData();
  const name = random.chance(0.5) ? random.pick(oddNames) : random.text();
  form.append('image', new Blob([random.chance(0.5) ? png : random.text()]), name);
  form.append('subfolder', random.text());
  form.append('type', random.pick(['input', 'temp', 'output', random.text()]));
  try {
    const response = await fetch(`${doors.nativeUrl}/upload/image`, {
      method: 'POST',
      body: form,
      signal: AbortSignal.timeout(20_000),
    });
    await response.arrayBuffer();
    return { what: 'POST /upload/image', status: response.status };
  } catch {
    return { what: 'POST /upload/image', status: 0 };
  }
}

const png = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
);
