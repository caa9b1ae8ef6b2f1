/** Better prompts, written by a chat model of the operator's: the original's route, in its own words. */
import { buffer } from 'node:stream/consumers';
import { Inject, Injectable } from '@nestjs/common';
import pLimit from 'p-limit';
import { AssetsService, type StoredAsset } from '../../../modules/assets/index.js';
import { CONFIG, type Config } from '../../../platform/config/index.js';
import { Fault } from '../../../platform/fault.js';
import { openPicture } from '../../../platform/pictures/index.js';
import { ParameterFault } from '../compat.errors.js';
import { checkEnhanceForm } from '../domain/validation.js';
import { type FormRequest, readForm } from '../form.reader.js';
import { ask, ChatAnswerError, ChatCallError, type ChatEndpoint } from './chat-client.js';

/** A vision model sees no more. */
const longestSidePixels = 1536;
/** A large picture takes hundreds of megabytes. */
const twoAtATime = pLimit(2);

const system = [
  'You write prompts for an image-to-video model. The user gives a wish and perhaps the first frame.',
  'Answer with one paragraph in the language of the wish, and nothing else: who or what is seen, the background,',
  'how subject and camera move in the next five seconds, light and mood. Name what moves and how fast.',
  'Keep what the wish and the picture show; invent no other people, texts or cuts.',
].join(' ');

export interface EnhancedBody {
  original_prompt: string;
  enhanced_prompt: string;
  status: 'success';
  message: string;
}

@Injectable()
export class EnhanceService {
  constructor(
    @Inject(CONFIG) private readonly config: Config,
    @Inject(AssetsService) private readonly assets: AssetsService,
  ) {}

  /** ParameterFault, and Fault internal with the original's sentence. */
  async enhance(request: FormRequest): Promise<EnhancedBody> {
    const { values, image } = await readForm(request, this.assets, this.config.MAX_UPLOAD_BYTES);
    const checked = checkEnhanceForm({ values, hasImage: image !== undefined });
    if ('entries' in checked) throw new ParameterFault(checked.entries);
    const endpoint = this.endpoint();
    const { userPrompt: text, temperature, maxTokens } = checked.value;
    try {
      const picture = image && (await twoAtATime(async () => this.dataUri(image.asset)));
      const enhanced = await ask(endpoint, { system, text, image: picture, temperature, maxTokens });
      const message = `提示词优化成功${picture === undefined ? '' : '（已使用视觉模型分析图片内容）'}`;
      return { original_prompt: text, enhanced_prompt: enhanced, status: 'success', message };
    } catch (error) {
      throw new Fault('internal', sentenceOf(error), undefined, { cause: error });
    }
  }

  private endpoint(): ChatEndpoint {
    const { ENHANCE_PROMPT_URL: url, ENHANCE_PROMPT_KEY: key, ENHANCE_PROMPT_MODEL: model } = this.config;
    if (url !== undefined && key !== undefined) return { url, key, model };
    throw new Fault(
      'internal',
      'Moonshot API Key 未配置，请在 config.ini 文件中配置 [moonshot] api_key (ENHANCE_PROMPT_URL, ENHANCE_PROMPT_KEY)',
    );
  }

  private async dataUri({ sha256 }: StoredAsset): Promise<string> {
    const size = { width: longestSidePixels, height: longestSidePixels, fit: 'inside' as const };
    const bytes = await buffer(await this.assets.open(sha256));
    const picture = await openPicture(bytes);
    const jpeg = await picture
      .rotate()
      .resize({ ...size, withoutEnlargement: true })
      .jpeg({ quality: 85 })
      .toBuffer();
    return `data:image/jpeg;base64,${jpeg.toString('base64')}`;
  }
}

function sentenceOf(error: unknown): string {
  const reason = error instanceof Error ? error.message : String(error);
  if (error instanceof ChatCallError) return `调用 Moonshot API 失败: ${reason}`;
  if (error instanceof ChatAnswerError) return `解析 API 响应失败: ${reason}`;
  return '优化提示词失败: the picture cannot be read';
}
