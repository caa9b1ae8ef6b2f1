/** What a job made, as content that an assistant can look at, or follow. */
import { buffer } from 'node:stream/consumers';
import type { CallToolResult } from '@modelcontextprotocol/sdk/types.js';
import { Inject, Injectable } from '@nestjs/common';
import { AssetsService } from '../../modules/assets/index.js';
import type { JobOutput, JobView } from '../../modules/jobs/index.js';
import { bodyOf, OutputLinks, type UrlOf } from '../kit/index.js';

type Content = CallToolResult['content'][number];

/** An assistant reads all of it: larger files are links. */
const inlineBytesMax = 2 * 1024 * 1024;
const textLengthMax = 16_384;

@Injectable()
export class Results {
  constructor(
    @Inject(AssetsService) private readonly assets: AssetsService,
    @Inject(OutputLinks) private readonly links: OutputLinks,
  ) {}

  async of(view: JobView, baseUrl: string): Promise<CallToolResult> {
    const urlOf = this.links.below(baseUrl);
    const content: Content[] = [{ type: 'text', text: storyOf(view, urlOf) }];
    let inlineBytes = 0;
    for (const output of view.outputs) {
      const isInline = isShown(output) && inlineBytes + output.sizeBytes <= inlineBytesMax;
      if (isInline) inlineBytes += output.sizeBytes;
      content.push(isInline ? await this.inline(output) : linkTo(output, urlOf(output, view.tenantId)));
    }
    return { content, ...(hasFailed(view) && { isError: true }) };
  }

  private async inline({ sha256, mime }: JobOutput): Promise<Content> {
    const bytes = await buffer(await this.assets.open(sha256));
    if (mime === 'text/plain') return { type: 'text', text: bytes.toString('utf8').slice(0, textLengthMax) };
    return {
      type: mime.startsWith('image/') ? 'image' : 'audio',
      data: bytes.toString('base64'),
      mimeType: mime,
    };
  }
}

const isShown = ({ mime }: JobOutput): boolean =>
  (mime.startsWith('image/') && mime !== 'image/svg+xml') ||
  mime.startsWith('audio/') ||
  mime === 'text/plain';

const linkTo = (output: JobOutput, uri: string): Content => ({
  type: 'resource_link',
  uri,
  name: output.filename,
  mimeType: output.mime,
  size: output.sizeBytes,
});

const hasFailed = ({ state }: JobView): boolean =>
  state === 'failed' || state === 'cancelled' || state === 'expired';

function storyOf(view: JobView, urlOf: UrlOf): string {
  const { id, state, progress, error, outputs } = bodyOf(view, urlOf, null);
  const files = outputs.map(({ filename, mime, size_bytes: bytes, url }) => ({
    filename,
    mime,
    size_bytes: bytes,
    url,
  }));
  return JSON.stringify({ job: id, state, progress, ...(error && { error: error.message }), outputs: files });
}
