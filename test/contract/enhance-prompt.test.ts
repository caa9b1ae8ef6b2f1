/** `/api/enhance_prompt` of the original, against a small server of the shape that it asked. */
import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Cluster, startCluster } from '../support/cluster.js';
import { solidPng } from '../support/pictures.js';

interface Question {
  model: string;
  temperature: number;
  max_tokens: number;
  messages: {
    role: string;
    content: string | { type: string; text?: string; image_url?: { url: string } }[];
  }[];
}

describe('/api/enhance_prompt', () => {
  const asked: { path: string; headers: IncomingHttpHeaders; body: Question }[] = [];
  let answer = { status: 200, body: '' };
  const chat = createServer((request, response) => void answerTo(request, response));
  const answerTo = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const body = JSON.parse(await text(request)) as Question;
    asked.push({ path: request.url ?? '', headers: request.headers, body });
    response.writeHead(answer.status, { 'content-type': 'application/json' }).end(answer.body);
  };
  let cluster: Cluster;

  beforeAll(async () => {
    chat.listen(0, '127.0.0.1');
    await once(chat, 'listening');
    cluster = await startCluster({
      nodes: [],
      env: {
        ENHANCE_PROMPT_URL: `http://127.0.0.1:${(chat.address() as AddressInfo).port}/v1/`,
        ENHANCE_PROMPT_KEY: 'a secret key',
        ENHANCE_PROMPT_MODEL: 'a-vision-model',
      },
    });
  });
  afterAll(async () => {
    await cluster.stop();
    chat.close();
  });

  const says = (content: unknown): void => {
    answer = { status: 200, body: JSON.stringify({ choices: [{ message: { content } }] }) };
  };
  const enhance = async (body: FormData | URLSearchParams, url = cluster.url) => {
    const response = await fetch(`${url}/api/enhance_prompt`, { method: 'POST', body });
    return { status: response.status, body: (await response.json()) as Record<string, unknown> };
  };
  const form = (fields: Record<string, string | Blob>): FormData => {
    const data = new FormData();
    for (const [name, value] of Object.entries(fields)) data.set(name, value);
    return data;
  };

  it('asks for a text, with what the original sent, and answers in its words', async () => {
    says('一只猫在雨中慢慢走');
    expect(await enhance(form({ user_prompt: '猫', temperature: '0.2', max_tokens: '77' }))).toEqual({
      status: 200,
      body: {
        original_prompt: '猫',
        enhanced_prompt: '一只猫在雨中慢慢走',
        status: 'success',
        message: '提示词优化成功',
      },
    });
    const { path, headers, body } = asked.at(-1)!;
    expect([path, headers.authorization]).toEqual(['/v1/chat/completions', 'Bearer a secret key']);
    expect(body).toMatchObject({ model: 'a-vision-model', temperature: 0.2, max_tokens: 77 });
    expect(body.messages.map(({ role }) => role)).toEqual(['system', 'user']);
    expect(body.messages[1]?.content).toBe('猫');
  });

  it('shows the model the picture, as JPEG', async () => {
    says('better');
    const image = new Blob([new Uint8Array(solidPng([0, 200, 0]))], { type: 'image/png' });
    expect(await enhance(form({ user_prompt: 'a cat', image }))).toMatchObject({
      status: 200,
      body: { message: '提示词优化成功（已使用视觉模型分析图片内容）' },
    });
    const { body } = asked.at(-1)!;
    expect(body).toMatchObject({ temperature: 0.7, max_tokens: 2000 });
    const [picture, question] = (body.messages[1]?.content ?? []) as {
      type: string;
      text?: string;
      image_url?: { url: string };
    }[];
    expect(question).toEqual({ type: 'text', text: 'a cat' });
    const [head, bytes = ''] = picture?.image_url?.url.split(',') ?? [];
    expect(head).toBe('data:image/jpeg;base64');
    expect(await sharp(Buffer.from(bytes, 'base64')).metadata()).toMatchObject({ format: 'jpeg', width: 64 });
  });

  it('takes an urlencoded form too', async () => {
    says('better');
    expect(await enhance(new URLSearchParams({ user_prompt: 'x' }))).toMatchObject({ status: 200 });
  });

  it.each([
    ['refuses', { status: 401, body: '{"error":"bad key"}' }, '调用 Moonshot API 失败: HTTP 401'],
    ['answers no JSON', { status: 200, body: 'sorry' }, '解析 API 响应失败'],
    ['answers without content', { status: 200, body: '{"choices":[]}' }, '解析 API 响应失败'],
    ['answers without end', { status: 200, body: ' '.repeat(2_000_000) }, '调用 Moonshot API 失败'],
  ])('tells in the words of the original that the model %s', async (_, said, detail) => {
    answer = said;
    const { status, body } = await enhance(form({ user_prompt: 'x' }));
    expect({ status, body }).toMatchObject({
      status: 500,
      body: { detail: expect.stringContaining(detail) as unknown },
    });
    expect(JSON.stringify(body)).not.toContain('a secret key');
  });

  it('needs a prompt, and numbers where numbers belong', async () => {
    expect(await enhance(form({ temperature: 'hot', max_tokens: '1.5' }))).toMatchObject({
      status: 422,
      body: {
        detail: [
          { type: 'missing', loc: ['body', 'user_prompt'] },
          { type: 'float_parsing', loc: ['body', 'temperature'] },
          { type: 'int_parsing', loc: ['body', 'max_tokens'] },
        ],
      },
    });
    expect((await fetch(`${cluster.url}/api/enhance_prompt`)).status).toBe(405);
  });

  it('without a key answers as the original did', async () => {
    const keyless = await startCluster({ nodes: [] });
    try {
      expect(await enhance(form({ user_prompt: 'x' }), keyless.url)).toMatchObject({
        status: 500,
        body: {
          detail: expect.stringContaining(
            'Moonshot API Key 未配置，请在 config.ini 文件中配置 [moonshot] api_key',
          ) as unknown,
        },
      });
    } finally {
      await keyless.stop();
    }
  });
});
