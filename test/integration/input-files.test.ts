/** Files of jobs in every form that a caller may give, and what comes of servers that lie. */
import { Pool } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Deployment, type Replica } from '../support/deployment.js';
import { FileServer } from '../support/file-server.js';
import { solidPng } from '../support/pictures.js';
import { call, type Job, workflow } from '../support/v1.js';

const maxUploadBytes = 200_000;
const picture = (red: number): Buffer => solidPng([red, 20, 30]);

describe('inputs', () => {
  let deployment: Deployment;
  let replica: Replica;
  let files: FileServer;
  let pool: Pool;

  beforeAll(async () => {
    files = await new FileServer().start();
    deployment = await Deployment.create([{}]);
    pool = new Pool({ connectionString: deployment.databaseUrl, max: 1 });
    replica = await deployment.start({
      MAX_UPLOAD_BYTES: String(maxUploadBytes),
      INPUT_TIMEOUT_MS: '2000',
      OUTGOING_HOSTS: '127.0.0.1',
    });
  });
  afterAll(async () => {
    await pool.end();
    await deployment.destroy();
    await files.stop();
  });

  const run = async (image: unknown, query = '?wait=60', headers: Record<string, string> = {}) => {
    const response = await fetch(`${replica.url}/v1/workflows/${workflow}/run${query}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify({ prompt: 'a', length: 16, width: 512, height: 512, image }),
    });
    return {
      status: response.status,
      body: (await response.json()) as Job & { errors?: unknown; details?: unknown },
    };
  };
  const succeeds = async (image: unknown): Promise<Job> => {
    const { status, body } = await run(image);
    expect({ status, body }).toMatchObject({ status: 200, body: { state: 'succeeded' } });
    return body;
  };
  const assets = async (): Promise<number> =>
    Number((await pool.query('SELECT count(*) FROM asset')).rows[0].count);

  it('come from a URL, once for each content', async () => {
    files.on('/a.png', ({ headers }, response) => {
      if (headers['if-none-match'] === '"1"') response.writeHead(304).end();
      else response.writeHead(200, { 'content-type': 'image/png', etag: '"1"' }).end(picture(1));
    });
    files.on('/moved', (_request, response) => void response.writeHead(301, { location: '/a.png' }).end());
    await succeeds({ url: files.url('/a.png') });
    await succeeds({ url: files.url('/a.png') });
    await succeeds({ url: files.url('/moved') });
    expect(files.asked.filter(({ path }) => path === '/a.png').map(({ ifNoneMatch }) => ifNoneMatch)).toEqual(
      [undefined, '"1"', undefined],
    );
  });

  it('come in the request, from an upload by its name, and from an earlier job', async () => {
    const bytes = picture(2);
    await succeeds({ base64: bytes.toString('base64'), mime: 'image/png' });
    await succeeds(`data:image/png;base64,${bytes.toString('base64')}`);
    const form = new FormData();
    form.set('file', new Blob([new Uint8Array(picture(3))]), 'mine.png');
    expect((await fetch(`${replica.url}/v1/assets`, { method: 'POST', body: form })).ok).toBe(true);
    await succeeds('mine.png');
    const made = await replica.jobs.ended(
      await replica.jobs.submit({
        '1': { class_type: 'EmptyImage', inputs: { width: 64, height: 64, batch_size: 1, color: 9 } },
        '2': { class_type: 'SaveImage', inputs: { filename_prefix: 'made', images: ['1', 0] } },
      }),
    );
    await succeeds({ output: { job: made.id } });
    await succeeds({ output: { job: made.id, name: '2' } });
    expect(await run({ output: { job: made.id, name: 'none' } })).toMatchObject({ status: 422 });
  });

  it('stand in a raw graph where the name of a file stands', async () => {
    const graph = (image: unknown) => ({
      '1': { class_type: 'LoadImage', inputs: { image } },
      '2': { class_type: 'SaveImage', inputs: { filename_prefix: 'x', images: ['1', 0] } },
    });
    files.on('/g.png', (_request, response) => void response.end(picture(4)));
    for (const image of [
      { url: files.url('/g.png') },
      { base64: picture(4).toString('base64') },
      `data:image/png;base64,${picture(4).toString('base64')}`,
    ]) {
      const id = await replica.jobs.submit(graph(image));
      expect(await replica.jobs.ended(id)).toMatchObject({ state: 'succeeded' });
    }
    expect(
      await call(`${replica.url}/v1/jobs`, 'POST', { graph: graph({ url: files.url('/none') }) }),
    ).toMatchObject({
      status: 400,
      body: { code: 'invalid_graph', details: [{ nodeId: '1', field: 'image' }] },
    });
  });

  it('may be files of any kind when they are uploaded', async () => {
    const form = new FormData();
    form.set('file', new Blob(['{"points": []}'], { type: 'application/json' }), 'shape.json');
    const response = await fetch(`${replica.url}/v1/assets`, { method: 'POST', body: form });
    expect(await response.json()).toMatchObject({ mime: 'application/json', name: 'shape.json' });
  });

  it.each([
    ['is not there', '/none', 'answered 404'],
    ['redirects to the metadata of a cloud', '/metadata', 'link-local'],
    ['redirects to itself for ever', '/circle', 'redirects'],
    ['says that it has 10 GB', '/told', 'larger than'],
    ['has no end', '/endless', 'larger than'],
    ['is slow', '/slow', 'did not answer whole within 2 s'],
    ['breaks off', '/cut', 'broke off'],
    ['is a page that says it is a picture', '/page', 'not an image'],
    ['is empty', '/empty', 'empty'],
    ['says "not modified" to who never asked', '/304', 'answered 304'],
  ])('of a server that lies are refused, and leave nothing: a file that %s', async (_, path, why) => {
    files
      .on('/metadata', (_request, response) => {
        response.writeHead(302, { location: 'http://169.254.169.254/latest/meta-data/' }).end();
      })
      .on('/circle', (_request, response) => void response.writeHead(302, { location: '/circle' }).end())
      .on('/told', (_request, response) => {
        response.writeHead(200, { 'content-length': String(10 * 1024 ** 3) }).write(picture(5));
      })
      .on('/endless', (_request, response) => {
        response.write(picture(5));
        const more = Buffer.alloc(65_536, 7);
        const write = (): void =>
          void (response.destroyed || response.write(more, () => setImmediate(write)));
        write();
      })
      .on('/slow', (_request, response) => void response.write(picture(5).subarray(0, 20)))
      .on('/cut', (_request, response) => {
        response.writeHead(200, { 'content-length': '5000' }).write(picture(5));
        setTimeout(() => response.destroy(), 30);
      })
      .on('/page', (_request, response) => {
        response.writeHead(200, { 'content-type': 'image/png' }).end('<html>sign in</html>');
      })
      .on('/empty', (_request, response) => void response.end())
      .on('/304', (_request, response) => void response.writeHead(304).end());
    const before = await assets();
    const { status, body } = await run({ url: files.url(path) });
    expect({ status, body }).toMatchObject({ status: 422, body: { details: [{ field: 'image' }] } });
    expect(JSON.stringify(body)).toContain(why);
    expect(await assets()).toBe(before);
  });

  it('keep their bytes when the ETag changes at every request', async () => {
    let count = 0;
    files.on('/changing', (_request, response) => {
      count += 1;
      response.writeHead(200, { etag: `"${count}"` }).end(picture(100 + count));
    });
    await succeeds({ url: files.url('/changing') });
    await succeeds({ url: files.url('/changing') });
    expect(count).toBe(2);
    const { rows } = await pool.query('SELECT etag FROM fetched_url');
    expect(rows.filter(({ etag }) => etag === '"2"')).toHaveLength(1);
  });

  it.each([
    ['an unknown form', { file: 'x' }],
    ['two forms at once', { url: 'https://pictures.test/x.png', base64: 'AAAA' }],
    ['no URL', { url: 'nothing' }],
    ['a file of this machine', { url: 'file:///etc/passwd' }],
    ['no base64', { base64: 'not base64!' }],
    ['no data: URI', 'data:image/png;base64,%%%'],
    ['a bucket that is closed', { s3: 's3://secrets/key.png' }],
    ['a name that leads out of the folder', '../../etc/passwd'],
    ['a name that nobody knows', 'nobody.png'],
    ['NUL', 'a\u0000b'],
    ['half of a surrogate pair', { asset: '\ud800' }],
    ['a number', 7],
  ])('refuse %s', async (_, image) => {
    const { status, body } = await run(image, '');
    expect({ status, body }).toMatchObject({
      status: expect.toSatisfy((code: number) => [400, 422].includes(code)) as unknown,
    });
  });

  it('of a run that is repeated under its key are not fetched again', async () => {
    files.on('/once.png', (_request, response) => void response.end(picture(6)));
    const image = { url: files.url('/once.png') };
    const key = { 'idempotency-key': 'one run' };
    const first = await run(image, '?priority=1', key);
    const second = await run(image, '?priority=1', key);
    expect(second).toEqual(first);
    expect(files.asked.filter(({ path }) => path === '/once.png')).toHaveLength(1);
    expect(await run({ url: files.url('/other') }, '', key)).toMatchObject({ status: 409 });
  });
});
