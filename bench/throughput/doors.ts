/** How each door is asked for a small run, and where its jobs are read. */
import { samplingGraph } from '../../test/contract/native/graphs.js';
import type { Scene } from './scene.js';

export interface Request {
  /** Of several each request takes the next. */
  url: string | readonly string[];
  body?: string;
  contentType?: string;
  /** So many of `body`, as the `jobs` of one request. */
  batchOf?: number;
}

/** `{seed}` becomes another number in each request. */
export const smallGraphText = JSON.stringify(samplingGraph({ seed: 424_242, steps: 1 })).replace(
  '424242',
  '{seed}',
);
const json = 'application/json';

export const nativeSubmit = (url: string): Request => ({
  url: `${url}/prompt`,
  body: `{"prompt":${smallGraphText},"client_id":"bench"}`,
  contentType: json,
});

/** By what a page calls them. The original API takes the name of a picture that was uploaded before, or a picture with the parameters. */
export function submitsOf({ service }: Scene): Record<string, Request> {
  return {
    '8188 `/prompt`': nativeSubmit(service.nativeUrl),
    '`/v1/jobs`': { url: `${service.url}/v1/jobs`, body: `{"graph":${smallGraphText}}`, contentType: json },
    '`/api/v2/jobs`': {
      url: `${service.url}/api/v2/jobs`,
      body: `{"workflow":${smallGraphText}}`,
      contentType: json,
    },
    '5014 `/api/generate`': {
      url: `${service.url}/api/generate`,
      body: '{"prompt":"a cat walks","image_filename":"bench.png","noise_seed":{seed}}',
      contentType: json,
    },
    '5014 `/api/upload_and_generate`': uploadOf(service.url),
  };
}

export const batchSubmit = ({ service }: Scene, batchOf: number): Request => ({
  url: `${service.url}/v1/jobs/batch`,
  body: `{"graph":${smallGraphText}}`,
  contentType: json,
  batchOf,
});

const field = (name: string, value: string, more = ''): string =>
  `--part\r\nContent-Disposition: form-data; name="${name}"${more}\r\n\r\n${value}\r\n`;

/** `{client}` in the tenant's name becomes the number of the client. */
export const tenantSubmit = ({ service }: Scene, tenant: string): Request => ({
  url: `${service.url}/v1/jobs`,
  body: `{"tenant":"${tenant}","graph":${smallGraphText}}`,
  contentType: json,
});

/** It makes the picture known that `/api/generate` names. */
export function uploadOf(url: string): Request {
  const picture = Buffer.from(onePixelPng, 'base64').toString('latin1');
  return {
    url: `${url}/api/upload_and_generate`,
    body: `${field('prompt', 'a cat walks')}${field('image', picture, '; filename="bench.png"\r\nContent-Type: image/png')}--part--\r\n`,
    contentType: 'multipart/form-data; boundary=part',
  };
}

export const readsOf = ({ service }: Scene, nativeId: string, compatId: string): Record<string, string> => ({
  '`/v1/jobs/{id}`': `${service.url}/v1/jobs/${nativeId}`,
  '`/api/v2/jobs/{id}`': `${service.url}/api/v2/jobs/${nativeId}`,
  '8188 `/history/{id}`': `${service.nativeUrl}/history/${nativeId}`,
  '8188 `/prompt`': `${service.nativeUrl}/prompt`,
  '5014 `/api/status/{id}`': `${service.url}/api/status/${compatId}`,
});

const onePixelPng =
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';
