/**
 * The named workflows of the cluster: versions in the database, the same on every replica within one notification, or five
 * seconds when that is lost. Files of the folder flow in at start and when they change; a broken file leaves the version
 * that is in service. What a file brings becomes `latest` once: a version that was rolled back stays so.
 */
import { Inject, Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { CONFIG, type Config } from '../../../platform/config/index.js';
import { Notifications } from '../../../platform/database/index.js';
import { Fault } from '../../../platform/fault.js';
import { PeriodicLoop } from '../../../platform/lifecycle/index.js';
import { LOGGER, type Logger } from '../../../platform/logging/index.js';
import { parseJson, toPlain } from '../../comfyui/index.js';
import {
  checkWorkflow,
  isChannelName,
  isHashPrefix,
  isRecord,
  readReference,
  textOfWorkflow,
  type WorkflowDefinition,
} from '../domain/index.js';
import { WorkflowCatalogue } from '../workflow-catalogue.js';
import { folderState, readWorkflows, WorkflowFilesError } from '../workflow-files.js';
import { type ChannelRow, type VersionRow, WorkflowVersionsStore } from './workflow-versions.store.js';

const channel = 'comfymux_workflows';
const rememberedMax = 1_000;

@Injectable()
export class WorkflowLibrary implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly definitions = new Map<string, WorkflowDefinition>();
  private channels: ChannelRow[] = [];
  private folder = '';
  private readonly loop: PeriodicLoop;

  constructor(
    @Inject(WorkflowVersionsStore) private readonly store: WorkflowVersionsStore,
    @Inject(WorkflowCatalogue) private readonly catalogue: WorkflowCatalogue,
    @Inject(Notifications) private readonly notifications: Notifications,
    @Inject(CONFIG) private readonly config: Config,
    @Inject(LOGGER) private readonly log: Logger,
  ) {
    this.loop = new PeriodicLoop({
      name: 'workflows',
      intervalMs: 5_000,
      log,
      turn: async () => {
        await this.takeFolder();
        await this.refresh();
      },
    });
  }

  async onApplicationBootstrap(): Promise<void> {
    this.folder = await folderState(this.config.WORKFLOWS_DIR);
    await this.takeFiles(this.catalogue.list());
    await this.refresh();
    await this.notifications.listen(channel, () => this.loop.wake());
    this.loop.start();
  }

  async onModuleDestroy(): Promise<void> {
    await this.loop.stop();
  }

  /** `name`, `name@channel` or `name@version`. Undefined for what there is none of. Fault unprocessable for too few digits. */
  async resolve(reference: string): Promise<WorkflowDefinition | undefined> {
    const { name, version } = readReference(reference);
    if (version === 'latest') return this.catalogue.get(name);
    const pointed = this.channels.find((row) => row.name === name && row.channel === version);
    if (pointed) return this.definitionOf(pointed.hash);
    if (!isHashPrefix(version)) return undefined;
    const [hash, other] = await this.store.hashesOf(name, version);
    if (other !== undefined)
      throw new Fault(
        'unprocessable',
        `version "${version}" of "${name}" is one of several; give more digits`,
      );
    return hash === undefined ? undefined : this.definitionOf(hash);
  }

  async versions(name: string): Promise<VersionRow[]> {
    return this.store.versions(name);
  }

  /** Keeps the workflow as a version and points the channel at it. In service on this replica when it resolves. */
  async put(definition: WorkflowDefinition, to: string): Promise<{ hash: string; isNew: boolean }> {
    requireChannel(to);
    const { hash, text } = textOfWorkflow(definition);
    const version = { hash, text, name: definition.name, source: 'api', channel: to } as const;
    const isNew = await this.store.keep(version, { onlyNew: false });
    // A workflow that has only been tried has no `latest` yet: then nobody finds it by its name.
    await this.changed();
    return { hash, isNew };
  }

  /** Points a channel at a version: the way back as well as the way on. Answers its hash. Fault not_found. */
  async point(name: string, to: string, version: string): Promise<string> {
    requireChannel(to);
    const definition = await this.resolve(`${name}@${version}`);
    if (!definition) throw new Fault('not_found', `there is no version "${version}" of workflow "${name}"`);
    const { hash } = textOfWorkflow(definition);
    await this.store.point(name, to, hash);
    await this.changed();
    return hash;
  }

  /** Fault not_found. Jobs that wait or run keep their version. */
  async remove(name: string): Promise<void> {
    if (!(await this.store.remove(name))) throw new Fault('not_found', `there is no workflow "${name}"`);
    await this.changed();
  }

  private async changed(): Promise<void> {
    await this.refresh();
    await this.notifications.notify(channel);
  }

  private async takeFolder(): Promise<void> {
    const state = await folderState(this.config.WORKFLOWS_DIR);
    if (state === this.folder) return;
    this.folder = state;
    try {
      await this.takeFiles(await readWorkflows(this.config.WORKFLOWS_DIR));
    } catch (error) {
      if (!(error instanceof WorkflowFilesError)) throw error;
      this.log.error({ err: error }, 'a workflow of the folder is broken; the versions in service stay');
    }
  }

  private async takeFiles(definitions: readonly WorkflowDefinition[]): Promise<void> {
    let isNew = false;
    for (const definition of definitions) {
      const { hash, text } = textOfWorkflow(definition);
      const version = { hash, text, name: definition.name, source: 'file', channel: 'latest' } as const;
      const made = await this.store.keep(version, { onlyNew: true });
      this.remember(hash, definition);
      if (made)
        this.log.info(
          { workflow: definition.name, version: hash.slice(0, 12) },
          'a new version of a workflow from its file',
        );
      isNew ||= made;
    }
    if (isNew) await this.notifications.notify(channel);
  }

  private async refresh(): Promise<void> {
    const channels = await this.store.channels();
    const unknown = [...new Set(channels.map(({ hash }) => hash))].filter(
      (hash) => !this.definitions.has(hash),
    );
    if (unknown.length > 0)
      for (const [hash, text] of await this.store.texts(unknown)) this.remember(hash, this.read(text));
    this.channels = channels;
    const latest = channels.filter((row) => row.channel === 'latest');
    this.catalogue.replace(latest.flatMap(({ hash }) => this.definitions.get(hash) ?? []));
  }

  private async definitionOf(hash: string): Promise<WorkflowDefinition | undefined> {
    const known = this.definitions.get(hash);
    if (known) return known;
    const text = (await this.store.texts([hash])).get(hash);
    const definition = text === undefined ? undefined : this.read(text);
    this.remember(hash, definition);
    return definition;
  }

  /** What another release kept and this one cannot read is not served, and said. */
  private read(text: string): WorkflowDefinition | undefined {
    const parsed = jsonIn(text);
    const manifest = isRecord(parsed) ? toPlain(parsed.manifest) : undefined;
    const name = isRecord(manifest) && typeof manifest.name === 'string' ? manifest.name : '';
    const checked = checkWorkflow({ name, manifest, graph: isRecord(parsed) ? parsed.graph : undefined });
    if (checked.ok) return checked.definition;
    this.log.error(
      { workflow: name, faults: checked.faults },
      'a kept workflow cannot be read by this release',
    );
    return undefined;
  }

  private remember(hash: string, definition: WorkflowDefinition | undefined): void {
    if (definition === undefined) return;
    if (this.definitions.size >= rememberedMax) {
      const oldest = this.definitions.keys().next().value;
      if (oldest !== undefined) this.definitions.delete(oldest);
    }
    this.definitions.set(hash, definition);
  }
}

/** Undefined for a text that breaks off, or was never any. */
function jsonIn(text: string): unknown {
  try {
    return parseJson(text);
  } catch {
    return undefined;
  }
}

function requireChannel(name: string): void {
  if (!isChannelName(name))
    throw new Fault(
      'unprocessable',
      'a channel is a word of lower-case letters, digits, "-" and "_" that is no version',
    );
}
