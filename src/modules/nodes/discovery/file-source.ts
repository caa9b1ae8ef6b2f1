/**
 * `NODES_FILE`: read at start, when its folder changes, and every few seconds, because not every file system tells.
 * The folder is watched, not the file: what replaces files whole (editors, mounted ConfigMaps) leaves a watch of the file behind.
 */
import { type FSWatcher, watch } from 'node:fs';
import { open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { parse } from 'yaml';
import { PeriodicLoop } from '../../../platform/lifecycle/index.js';
import { readNodeUrl } from '../../../platform/config/index.js';
import { nodesInFile, type SightedNode, sightingOf } from '../domain/index.js';
import { type NodeSource, type SourceDependencies, SourceReport } from './source.js';

const intervalMs = 5000;
const sizeMaxBytes = 4_194_304;

export class FileSource implements NodeSource {
  readonly name = 'file';
  readonly report: SourceReport;
  private readonly loop: PeriodicLoop;
  private watcher: FSWatcher | undefined;
  private text: string | undefined;

  constructor(
    private readonly path: string,
    private readonly deps: SourceDependencies,
  ) {
    this.report = new SourceReport(this.name, deps);
    this.loop = new PeriodicLoop({ name: 'NODES_FILE', intervalMs, ...deps, turn: async () => this.look() });
  }

  start(): void {
    this.loop.start();
  }

  async stop(): Promise<void> {
    this.watcher?.close();
    await this.loop.stop();
  }

  private async look(): Promise<void> {
    try {
      this.watchFolder();
      const text = await readBounded(this.path);
      const isNew = text !== this.text;
      const sighting = isNew ? sightingOf(nodesIn(text)) : undefined;
      this.text = text;
      this.report.succeeded(sighting);
    } catch (error) {
      this.text = undefined;
      this.report.failed(error);
    }
  }

  private watchFolder(): void {
    if (this.watcher) return;
    const forget = (): void => {
      this.watcher?.close();
      this.watcher = undefined;
    };
    try {
      this.watcher = watch(dirname(this.path), { persistent: false }, () => this.loop.wake()).on(
        'error',
        forget,
      );
    } catch (error) {
      this.deps.log.debug({ err: error, path: this.path }, 'a folder cannot be watched; it is polled');
    }
  }
}

/** Throws with every mistake. */
function nodesIn(text: string): SightedNode[] {
  const nodes = nodesInFile(parse(text, { maxAliasCount: 100 }));
  const mistakes = nodes.flatMap(({ id, url }) => {
    const read = readNodeUrl(url);
    return 'mistake' in read ? [`the url of ${id} ${read.mistake}`] : [];
  });
  if (mistakes.length > 0) throw new Error(mistakes.slice(0, 10).join('; '));
  return nodes;
}

async function readBounded(path: string): Promise<string> {
  const file = await open(path);
  try {
    const { size } = await file.stat();
    if (size > sizeMaxBytes) throw new Error(`${path} is larger than ${sizeMaxBytes} bytes`);
    return await file.readFile('utf8');
  } finally {
    await file.close();
  }
}
