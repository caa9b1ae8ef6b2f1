/**
 * Who is let in when nobody says otherwise: told at start in a sentence, in `comfymux_auth_open`, and by a refusal to start where
 * everything would be closed to everybody. The key of ADMIN_KEY_FILE is taken in here.
 */
import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { Gauge, Registry } from 'prom-client';
import { CONFIG, type Config } from '../../platform/config/index.js';
import { LOGGER, type Logger } from '../../platform/logging/index.js';
import { FirstKey, type FirstRole } from './keys/first-key.js';

/** `message` is one line for who starts the service. */
export class PostureError extends Error {
  override readonly name = 'PostureError';
}

const noKey =
  'AUTH is on and there is no key: make one with `npm run key -- --role admin`, name a file for it in ADMIN_KEY_FILE, let in people by OIDC_ISSUER and OIDC_GRANTS, or say AUTH=auto or AUTH=off.';

@Injectable()
export class Posture implements OnModuleInit {
  constructor(
    @Inject(CONFIG) private readonly config: Config,
    @Inject(FirstKey) private readonly first: FirstKey,
    @Inject(LOGGER) private readonly log: Logger,
    @Inject(Registry) registry: Registry,
  ) {
    new Gauge({
      name: 'comfymux_auth_open',
      help: '1 while AUTH is off and everybody may do everything, else 0.',
      registers: [registry],
    }).set(config.AUTH === 'off' ? 1 : 0);
  }

  /** Throws `PostureError`. */
  async onModuleInit(): Promise<void> {
    const { AUTH, ADMIN_KEY_FILE, METRICS_KEY_FILE, OIDC_ISSUER, OIDC_GRANTS } = this.config;
    await this.takeKeyOf({ role: 'admin', name: 'ADMIN_KEY_FILE', file: ADMIN_KEY_FILE, mode: 0o600 });
    await this.takeKeyOf({ role: 'metrics', name: 'METRICS_KEY_FILE', file: METRICS_KEY_FILE, mode: 0o644 });
    const knowsPeople = OIDC_ISSUER !== undefined && OIDC_GRANTS.length > 0;
    if (AUTH === 'on' && !knowsPeople && !(await this.first.isThere())) throw new PostureError(noKey);
    const { level, sentence } = postureOf(this.config);
    this.log[level](sentence);
  }

  private async takeKeyOf(setting: KeyFile): Promise<void> {
    const { role, name, file } = setting;
    if (file === undefined) return;
    const text = await readFile(file, 'utf8').catch((error: unknown) => {
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
      throw new PostureError(`${name} ${file} cannot be read: ${String(error)}`);
    });
    if (text === undefined) await this.makeKeyOf({ ...setting, file });
    else if (!(await this.first.take(role, text.trim())))
      throw new PostureError(`${name} ${file} holds no key (cmx_…)`);
  }

  /** The file comes first: a key that nobody can read would keep the next start from making one. */
  private async makeKeyOf({ role, name, file, mode }: KeyFile & { file: string }): Promise<void> {
    if (await this.first.isThere(role)) return;
    const text = this.first.make();
    try {
      await mkdir(dirname(file), { recursive: true });
      await writeFile(file, `${text}\n`, { flag: 'wx', mode });
      await chmod(file, mode);
    } catch (error) {
      throw new PostureError(`${name} ${file} cannot be written: ${String(error)}`);
    }
    await this.first.take(role, text);
    this.log.info(`The first key with the role ${role} was made: it is in ${file}.`);
  }
}

interface KeyFile {
  role: FirstRole;
  /** Of the setting. */
  name: string;
  file: string | undefined;
  mode: number;
}

/** What follows from the settings, for the log. */
function postureOf({ AUTH, AUTH_ANONYMOUS, AUTH_ANONYMOUS_DOORS, AUTH_ANONYMOUS_FROM }: Config): {
  level: 'info' | 'warn';
  sentence: string;
} {
  if (AUTH === 'off')
    return {
      level: 'warn',
      sentence:
        'AUTH is off: everybody who reaches a port may do everything, draining nodes and reading all prompts included.',
    };
  const from = AUTH_ANONYMOUS_FROM.length === 0 ? 'from anywhere' : `from ${AUTH_ANONYMOUS_FROM.join(', ')}`;
  const others =
    AUTH_ANONYMOUS === null
      ? 'Everything needs a key, but for probes.'
      : `Without a key ${AUTH_ANONYMOUS_DOORS.join(', ')} alone is open (${AUTH_ANONYMOUS.role}, tenant ${AUTH_ANONYMOUS.tenantId}), ${from}.`;
  const here = AUTH === 'auto' ? ' Who sits at this machine may do everything.' : '';
  return { level: 'info', sentence: `${others}${here} \`npm run key\` makes keys.` };
}
