/**
 * Addresses of results. Where nobody could open one without showing a key, it carries a signature, so that players and pages open it;
 * where the original API is open to everybody, it is what it always was, to the byte.
 */
import { Inject, Injectable } from '@nestjs/common';
import { currentPrincipal, type LinkedFile, Links } from '../../../modules/access/index.js';
import type { JobOutput } from '../../../modules/jobs/index.js';
import { CONFIG, type Config } from '../../../platform/config/index.js';

/** The door that serves results under these addresses. */
const resultsDoor = 'compat-5014';

export type NamedOutput = Pick<JobOutput, 'filename' | 'subfolder' | 'type' | 'jobId'>;
/** The absolute address of a result of a job of that tenant. */
export type UrlOf = (output: NamedOutput, tenantId: string) => string;

/** One result, for whoever gets the addresses. */
export interface SharedResult {
  url: string;
  /** At ComfyUI's own API, whose public address this port does not know. */
  nativePath: string;
  expiresAtS: number;
}

type Settings = Pick<Config, 'AUTH' | 'AUTH_ANONYMOUS' | 'AUTH_ANONYMOUS_DOORS' | 'AUTH_ANONYMOUS_FROM'>;

@Injectable()
export class OutputLinks {
  constructor(
    @Inject(CONFIG) private readonly config: Settings,
    @Inject(Links) private readonly links: Pick<Links, 'sign' | 'share'>,
  ) {}

  /** `keyId` is of the key that vouches for what is signed: without it, that of the running request. */
  below(baseUrl: string, keyId: string | null = currentKeyId()): UrlOf {
    return (output, tenantId) => {
      const query = queryOf(output);
      if (!isOpen(this.config, tenantId))
        query.set('signature', this.links.sign(fileOf(resultsDoor, output), keyId));
      return `${baseUrl}/cfui/view?${query.toString()}`;
    };
  }

  /** Always signed, for a time of the caller's choice. */
  share(output: NamedOutput, baseUrl: string, lifetimeS: number): SharedResult {
    const { jobId, filename, subfolder, type } = output;
    const files = [fileOf(resultsDoor, output), fileOf('native', output)] as const;
    const { signatures, expiresAtS } = this.links.share(files, currentKeyId(), lifetimeS);
    const query = queryOf(output);
    query.set('signature', signatures[0] ?? '');
    // As ComfyUI's clients name a result of ours: its job comes first in the folder.
    const folder = subfolder === '' ? jobId : `${jobId}/${subfolder}`;
    const native = new URLSearchParams({ filename, subfolder: folder, type, signature: signatures[1] ?? '' });
    return {
      url: `${baseUrl}/cfui/view?${query.toString()}`,
      nativePath: `/view?${native.toString()}`,
      expiresAtS,
    };
  }
}

const currentKeyId = (): string | null => currentPrincipal()?.keyId ?? null;

/** `prompt_id` tells apart files of one name that two nodes have made. */
const queryOf = ({ filename, subfolder, type, jobId }: NamedOutput): URLSearchParams =>
  new URLSearchParams({ filename, subfolder, type, prompt_id: jobId });

const fileOf = (door: string, { jobId, subfolder, filename, type }: NamedOutput): LinkedFile => ({
  door,
  jobId,
  subfolder,
  filename,
  type,
});

/** Whether whoever has no key may read this tenant's results, from anywhere. */
function isOpen(settings: Settings, tenantId: string): boolean {
  const { AUTH, AUTH_ANONYMOUS, AUTH_ANONYMOUS_DOORS, AUTH_ANONYMOUS_FROM } = settings;
  if (AUTH === 'off') return true;
  const isForAll = AUTH_ANONYMOUS_DOORS.includes(resultsDoor) && AUTH_ANONYMOUS_FROM.length === 0;
  return isForAll && AUTH_ANONYMOUS?.tenantId === tenantId;
}
