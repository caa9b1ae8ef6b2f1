/** Kubernetes' own schemas, in the strict form that takes no unknown key. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv, type ValidateFunction } from 'ajv';
import { type Manifest, tools } from './chart.js';

/** What the operators behind these kinds define; Kubernetes has no schema of them. */
const foreignGroups = new Set([
  'monitoring.coreos.com',
  'keda.sh',
  'gateway.networking.k8s.io',
  'postgresql.cnpg.io',
]);

export class KubernetesSchemas {
  private readonly folder: string;
  private readonly ajv = new Ajv({ strict: false, validateFormats: false, allErrors: true });
  private readonly validators = new Map<string, ValidateFunction>();

  constructor(minor: string) {
    this.folder = join(tools?.schemasDir ?? '', `v${minor}.0-local-strict`);
    this.ajv.addSchema(this.read('_definitions.json'), '_definitions.json');
  }

  /** What is wrong with the manifest, or nothing. */
  faults(manifest: Manifest): string[] {
    const [group = '', version = group] = manifest.apiVersion.split('/');
    if (foreignGroups.has(group)) return [];
    const parts = [
      manifest.kind,
      ...(manifest.apiVersion.includes('/') ? [group.split('.')[0] ?? ''] : []),
      version,
    ];
    const name = `${parts.join('-').toLowerCase()}.json`;
    if (!existsSync(join(this.folder, name))) return [`${manifest.apiVersion} ${manifest.kind} is unknown`];
    const validate = this.validators.get(name) ?? this.ajv.compile(this.read(name));
    this.validators.set(name, validate);
    // The validator is declared as a type guard, which would leave nothing of the manifest's type.
    const valid: boolean = validate(manifest);
    if (valid) return [];
    return (validate.errors ?? []).map(
      ({ instancePath, message, params }) =>
        `${manifest.kind} ${manifest.metadata.name}${instancePath} ${message} ${JSON.stringify(params)}`,
    );
  }

  private read(name: string): Record<string, unknown> {
    const { $schema: _draft, ...schema } = JSON.parse(
      readFileSync(join(this.folder, name), 'utf8'),
    ) as Record<string, unknown>;
    return schema;
  }
}
