/**
 * `/object_info` of the whole cluster, made ahead of any request: looked at again each second, made anew when a node's
 * own document changed.
 */
import { promisify } from 'node:util';
import { gunzip, gzip } from 'node:zlib';
import { Inject, Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { Clock } from '../../platform/clock/index.js';
import { PeriodicLoop } from '../../platform/lifecycle/index.js';
import { LOGGER, type Logger } from '../../platform/logging/index.js';
import { inTurns } from '../../platform/turns/index.js';
import {
  compareVersions,
  parseInTurns,
  parseJson,
  parsePlainInTurns,
  parsePlainJson,
  textInTurns,
} from '../comfyui/index.js';
import { type NodeMonitor, NodesService } from '../nodes/index.js';
import { mergeSteps } from './domain/merge-object-info.js';
import { isLoader, withUploads } from './domain/with-uploads.js';
import { choicesOf, type ClassSchema, readClassSchema } from '../comfyui/domain/index.js';
import { JsonText, type Steps, writeJson } from '../comfyui/domain/index.js';

const lookIntervalMs = 1_000;
const loaders = [
  ['LoadImage', 'image'],
  ['LoadVideo', 'file'],
  ['LoadAudio', 'audio'],
  ['VHS_LoadVideo', 'video'],
] as const;
const decompress = promisify(gunzip);
const compress = promisify(gzip);

@Injectable()
export class ObjectInfoService implements OnApplicationBootstrap, OnModuleDestroy {
  private classes = new Map<string, string>();
  private schemas = new Map<string, ClassSchema | undefined>();
  private infos = new Map<string, unknown>();
  private gzipped: Buffer | undefined;
  /** The document cut at its loaders, and where a piece becomes long. */
  private pieces: Piece[] = [{ plain: Buffer.from('{}') }];
  private madeOf = '';
  private looking: Promise<void> = Promise.resolve();
  private readonly loop: PeriodicLoop;
  private unsubscribe: () => void = () => undefined;

  constructor(
    @Inject(NodesService) private readonly nodes: NodesService,
    @Inject(Clock) clock: Clock,
    @Inject(LOGGER) log: Logger,
  ) {
    this.loop = new PeriodicLoop({
      name: 'object_info',
      intervalMs: lookIntervalMs,
      clock,
      log,
      turn: async () => this.catchUp(),
    });
  }

  onApplicationBootstrap(): void {
    this.unsubscribe = this.nodes.onChange(() => this.loop.wake());
    this.loop.start();
  }

  async onModuleDestroy(): Promise<void> {
    this.unsubscribe();
    await this.loop.stop();
  }

  /** Whether any node has told what it can run. */
  get isKnown(): boolean {
    return this.classes.size > 0;
  }

  /** Whether every node that answers has told this replica its document: what none of them has, no node has. */
  get isWhole(): boolean {
    return this.nodes.all().every(({ answers, facts }) => !answers || !facts || facts.objectInfo);
  }

  /** Names what is known now. */
  get version(): string {
    return this.madeOf;
  }

  /** Takes in what the nodes have told by now. One at a time: an older document must not follow a newer one. */
  async catchUp(): Promise<void> {
    const look = this.looking.then(async () => this.look());
    this.looking = look.catch(() => undefined);
    return look;
  }

  /** The whole document, compressed; undefined while no node has told anything. */
  get compressed(): Buffer | undefined {
    return this.gzipped;
  }

  /** The whole document in pieces, with these uploads in the lists of the loaders that take such files. */
  async *documentWith(uploads: readonly string[]): AsyncGenerator<Buffer> {
    for (const piece of this.pieces)
      yield 'loader' in piece ? Buffer.from(await inTurns(withUploads(piece.loader, uploads))) : piece.plain;
  }

  async oneClass(name: string, uploads: readonly string[]): Promise<string> {
    const text = this.classes.get(name);
    if (text === undefined) return '{}';
    return writeJson(new Map([[name, new JsonText(await inTurns(withUploads(text, uploads)))]]));
  }

  schemaOf(name: string): ClassSchema | undefined {
    if (this.schemas.has(name)) return this.schemas.get(name);
    const text = this.classes.get(name);
    const schema = text === undefined ? undefined : readClassSchema(parseJson(text));
    this.schemas.set(name, schema);
    return schema;
  }

  /** One class's entry as ordinary JSON, which nobody may change; undefined for a class that no node knows. */
  infoOf(name: string): unknown {
    if (this.infos.has(name)) return this.infos.get(name);
    const text = this.classes.get(name);
    const info = text === undefined ? undefined : parsePlainJson(text);
    if (info !== undefined) this.infos.set(name, info);
    return info;
  }

  /** Whether some node lists this value for the input: for an upload input, whether its input folder has the file. */
  isListed(nodeClass: string, input: string, value: string): boolean {
    const schema = this.schemaOf(nodeClass)?.inputs.find(({ name }) => name === input);
    return schema !== undefined && (choicesOf(schema.config)?.includes(value) ?? false);
  }

  /** Whether some node's input folder has the file, as far as loaders list it. */
  isInputFile(value: string): boolean {
    return loaders.some(([nodeClass, input]) => this.isListed(nodeClass, input, value));
  }

  private async look(): Promise<void> {
    const documents = distinctDocuments(this.nodes.all());
    const madeOf = documents.map(({ sha256 }) => sha256).join(' ');
    if (madeOf === this.madeOf) return;
    const texts: string[] = [];
    for (const document of documents) texts.push(await textOf(document.gzip));
    const classes = await inTurns(mergeSteps(texts));
    const pieces = await inTurns(piecesOf(classes));
    const gzipped = await compress(await inTurns(joined(pieces)));
    const { schemas, infos } = await readLong(classes);
    Object.assign(this, { classes, schemas, infos, gzipped, madeOf, pieces });
  }
}

const textOf = async (document: Buffer): Promise<string> => textInTurns([await decompress(document)]);

/** Read when it is needed, within a millisecond. */
const shortLength = 65_536;

/** What cannot be read while a request waits for it. */
async function readLong(classes: ReadonlyMap<string, string>): Promise<{
  schemas: Map<string, ClassSchema | undefined>;
  infos: Map<string, unknown>;
}> {
  const [schemas, infos] = [new Map<string, ClassSchema | undefined>(), new Map<string, unknown>()];
  for (const [name, text] of classes) {
    if (text.length <= shortLength) continue;
    schemas.set(name, readClassSchema(await parseInTurns(text)));
    infos.set(name, await parsePlainInTurns(text));
  }
  return { schemas, infos };
}

type Piece = { plain: Buffer } | { loader: string };
const pieceLength = 262_144;

/** The whole document: what the pieces come to without anybody's uploads. */
function* joined(pieces: readonly Piece[]): Steps<Buffer> {
  const parts: Buffer[] = [];
  for (const piece of pieces) {
    parts.push('loader' in piece ? Buffer.from(piece.loader) : piece.plain);
    yield undefined;
  }
  return Buffer.concat(parts);
}

function* piecesOf(classes: ReadonlyMap<string, string>): Steps<Piece[]> {
  const pieces: Piece[] = [];
  let text = '{';
  for (const [name, description] of classes) {
    const key = `${text.length > 1 || pieces.length > 0 ? ', ' : ''}${writeJson(name)}: `;
    if (isLoader(description)) {
      pieces.push({ plain: Buffer.from(text + key) }, { loader: description });
      text = '';
    } else text += key + description;
    if (text.length > pieceLength) {
      pieces.push({ plain: Buffer.from(text) });
      text = '';
      yield undefined;
    }
  }
  pieces.push({ plain: Buffer.from(`${text}}`) });
  return pieces;
}

/** One per content, those of the newest servers first: their descriptions stand where nodes differ. */
function distinctDocuments(monitors: NodeMonitor[]) {
  const known = monitors.flatMap(({ facts, settings }) =>
    facts?.objectInfo ? [{ id: settings.id, version: facts.probe.version ?? '0', ...facts.objectInfo }] : [],
  );
  const sorted = known.toSorted((a, b) => compareVersions(b.version, a.version) || (a.id < b.id ? -1 : 1));
  return [...new Map(sorted.map((document) => [document.sha256, document])).values()];
}
