/**
 * Makes the `extra_data` that a door is sent safe for a node, takes the credentials out of it, and seals them beside the job
 * (decision 0006): the same statements hand them to the run and forget them with its end, whichever door they came by.
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

  /** Of a door without prompts: the credentials, sealed, make a prompt that nobody is shown. Fault: as `separate`. */
  async sealed(raw: unknown): Promise<{ extraData?: Record<string, unknown>; prompt?: NewPrompt }> {
    if (raw === undefined) return {};
    const { extraData, credentials } = await this.separate(raw);
    const secrets = await this.seal(credentials);
    if (secrets === null) return { extraData };
    const prompt = {
      place: nobody,
      clientId: null,
      number: null,
      front: false,
      targets: [],
      workflowId: null,
      secrets,
    };
    return { extraData, prompt };
  }

  /** What may be kept in clear, and what may not. Fault invalid_graph: a node could not bear it. */
  async separate(raw: unknown): Promise<ReturnType<typeof splitCredentials>> {
    const sanitised = await inTurns(sanitiseExtraDataSteps(raw));
    if (!sanitised.ok) throw new Fault('invalid_graph', sanitised.message);
    return splitCredentials(sanitised.extraData);
  }

  /** Null where there are none. */
  async seal(credentials: Record<string, unknown>): Promise<NewPrompt['secrets']> {
    if (Object.keys(credentials).length === 0) return null;
    return this.secretBox.seal(stringifyJson(credentials));
  }
}
