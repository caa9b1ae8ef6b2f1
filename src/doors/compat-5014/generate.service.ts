import { Inject, Injectable } from '@nestjs/common';
import { CONFIG, type Config } from '../../platform/config/index.js';
import { Fault } from '../../platform/fault.js';
import { currentTenant } from '../../modules/access/index.js';
import { AssetsService, nameCharsMax, type StoredAsset, uploadName } from '../../modules/assets/index.js';
import { JobIntake } from '../../modules/jobs/index.js';
import { NodesService } from '../../modules/nodes/index.js';
import { ParameterFault } from './compat.errors.js';
import { PythonJsonLimitError } from './domain/python-json.js';
import {
  checkForm,
  checkJsonBody,
  type Checked,
  type GenerationParameters,
  notAnObject,
} from './domain/validation.js';
import { type FormRequest, readForm } from './form.reader.js';

const workflow = 'wan2.2_i2v_14b_4';
export const door = 'compat-5014';

/** Turns the original's requests into jobs. */
@Injectable()
export class GenerateService {
  constructor(
    @Inject(CONFIG) private readonly config: Config,
    @Inject(AssetsService) private readonly assets: AssetsService,
    @Inject(JobIntake) private readonly intake: JobIntake,
    @Inject(NodesService) private readonly nodes: NodesService,
  ) {}

  /** Faults: ParameterFault, unsupported_media, payload_too_large, storage_full, and those of submitting. */
  async submitForm(request: FormRequest): Promise<{ jobId: string; timeoutSeconds: number }> {
    const { values, image } = await readForm(request, this.assets, this.config.MAX_UPLOAD_BYTES);
    const parameters = required(checkForm({ values, hasImage: image !== undefined }));
    if (image === undefined) throw new Fault('internal', 'A form without an image passed its checks.');
    const name = uploadName(image.filename);
    if (name !== '') await this.assets.recordUpload(name, image.asset.sha256, currentTenant());
    const { jobId } = await this.submit(image.asset, parameters);
    return { jobId, timeoutSeconds: parameters.timeoutSeconds };
  }

  /** Faults: ParameterFault, invalid_request for an image nobody has, and those of submitting. */
  async submitJson(body: Buffer | undefined, contentType: string | undefined): Promise<{ jobId: string }> {
    const parameters = required(readJsonBody(body, contentType));
    return this.submit(await this.imageNamed(parameters.imageFilename), parameters);
  }

  private async imageNamed(name: string): Promise<StoredAsset> {
    const asset = isFileName(name) ? await this.findImage(name) : null;
    if (asset === null) throw new Fault('invalid_request', `There is no image "${name}": upload it first.`);
    return asset;
  }

  private async findImage(name: string): Promise<StoredAsset | null> {
    const uploaded = await this.assets.findUpload(name, currentTenant());
    return uploaded ?? this.assets.adoptInput(this.nodes.clients(), name, this.config.MAX_UPLOAD_BYTES);
  }

  private async submit(image: StoredAsset, parameters: GenerationParameters): Promise<{ jobId: string }> {
    const { prompt, width, height, length, steps, cfg, fps, noiseSeed } = parameters;
    const seed = noiseSeed === null ? {} : { noise_seed: noiseSeed };
    const inputs = {
      image: { asset: image.sha256 },
      prompt,
      width,
      height,
      length,
      steps,
      cfg,
      fps,
      ...seed,
    };
    return this.intake.submitWorkflow({ workflow, inputs, door }).catch((error: unknown) => {
      throw readable(error);
    });
  }
}

function required<T>(checked: Checked<T>): T {
  if ('entries' in checked) throw new ParameterFault(checked.entries);
  return checked.value;
}

function readJsonBody(
  body: Buffer | undefined,
  contentType: string | undefined,
): ReturnType<typeof checkJsonBody> {
  const text = decoded(body);
  const isJson = contentType === undefined || /^application\/([\w.-]+\+)?json\b/i.test(contentType);
  if (!isJson && text !== '') return { entries: [notAnObject(text)] };
  try {
    return checkJsonBody(text);
  } catch (error) {
    throw error instanceof PythonJsonLimitError ? unparsable(error) : error;
  }
}

function decoded(body: Buffer | undefined): string {
  try {
    return Buffer.isBuffer(body) ? new TextDecoder('utf-8', { fatal: true }).decode(body) : '';
  } catch (error) {
    throw unparsable(error);
  }
}

function unparsable(cause: unknown): Fault {
  return new Fault('invalid_request', 'There was an error parsing the body', undefined, { cause });
}

/** A relative path without steps upwards; what PostgreSQL cannot keep is nobody's name. */
function isFileName(name: string): boolean {
  return name !== '' && name.length <= nameCharsMax && !/^\/|\.\.|\\|\p{Cc}/u.test(name);
}

/** What the workflow itself refuses (a seed beyond its range) is told in words: this door's parameters were fine. */
function readable(error: unknown): unknown {
  if (!(error instanceof Fault) || error.code !== 'unprocessable' || !Array.isArray(error.details))
    return error;
  const faults = error.details.map(
    ({ field, message }: { field: string; message: string }) => `${field}: ${message}`,
  );
  return new Fault('invalid_request', faults.join('; '), undefined, { cause: error });
}
