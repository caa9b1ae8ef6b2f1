/**
 * Makes the `extra_data` that a door without prompts is sent safe for a node, takes the credentials out of it, and seals them
 * beside the job as those of a prompt are (decision 0006): the same statements hand them to the run and forget them with its end.
 */
import { Inject, Injectable } from '@nestjs/common';
import { Fault } from '../../../platform/fault.js';
import { inTurns } from '../../../platform/turns/index.js';
import { SecretBox } from '../../../platform/secrets/index.js';
import { sanitiseExtraDataSteps, splitCredentials, stringifyJson } from '../../comfyui/index.js';
import type { NewPrompt } from '../record/submit/new-job.js';

/** No caller comes from there, so no listing of prompts shows it. */
const nobody = 'nobody';

@Injectable()
export class CredentialIntake {
  constructor(@Inject(SecretBox) private readonly secretBox: SecretBox) {}

  /** Fault invalid_graph: a node could not bear it. */
  async sealed(raw: unknown): Promise<{ extraData?: Record<string, unknown>; prompt?: NewPrompt }> {
    if (raw === undefined) return {};
    const sanitised = await inTurns(sanitiseExtraDataSteps(raw));
    if (!sanitised.ok) throw new Fault('invalid_graph', sanitised.message);
    const { extraData: open, credentials } = splitCredentials(sanitised.extraData);
    if (Object.keys(credentials).length === 0) return { extraData: open };
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
