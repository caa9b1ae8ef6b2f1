/**
 * Takes credentials out of what a door without prompts is sent, and seals them beside the job as those of a prompt are
 * (decision 0006): the same statements hand them to the run and forget them with its end.
 */
import { Inject, Injectable } from '@nestjs/common';
import { SecretBox } from '../../../platform/secrets/index.js';
import { splitCredentials, stringifyJson } from '../../comfyui/index.js';
import type { NewPrompt } from '../record/submit/new-job.js';

/** No caller comes from there, so no listing of prompts shows it. */
const nobody = 'nobody';

@Injectable()
export class CredentialIntake {
  constructor(@Inject(SecretBox) private readonly secretBox: SecretBox) {}

  async sealed(
    extraData: Record<string, unknown> | undefined,
  ): Promise<{ extraData?: Record<string, unknown>; prompt?: NewPrompt }> {
    if (extraData === undefined) return {};
    const { extraData: open, credentials } = splitCredentials(extraData);
    if (Object.keys(credentials).length === 0) return { extraData };
    const secrets = await this.secretBox.seal(stringifyJson(credentials));
    const prompt = {
      place: nobody,
      clientId: null,
      number: null,
      front: false,
      targets: [],
      workflowId: null,
      secrets,
    };
    return { extraData: open, prompt };
  }
}
