/**
 * Files as one ComfyUI has them: every caller its own input folder, results by their names. A file that a caller did
 * not upload and that no job of the caller made is not there for it; input files that an operator put on a node are
 * there for all.
 */
import type { Readable } from 'node:stream';
import { Inject, Injectable } from '@nestjs/common';
import { CONFIG, type Config } from '../../platform/config/index.js';
import { inTurns } from '../../platform/turns/index.js';
import { currentTenant, defaultTenantId, digestName } from '../../modules/access/index.js';
import { AssetsService, type NumberedName } from '../../modules/assets/index.js';
import { type ComfyClient, parsePlainInTurns } from '../../modules/comfyui/index.js';
import { NodesService } from '../../modules/nodes/index.js';
import {
  type FileReference,
  type FolderType,
  numberedName,
  numberedParts,
  readFileValue,
  splitAnnotation,
  uploadKey,
} from './domain/file-reference.js';
import type { Caller } from './domain/may-touch.js';
import { namedFilesSteps } from './domain/named-files.js';
import type { PromptRecord } from './domain/prompt-record.js';
import { LiveFiles } from './live-files.js';
import { NativeStore, type StoredFile } from './record/native.store.js';
import { NodeStreams } from './node-streams.js';
import { ObjectInfoService } from '../../modules/fleet/index.js';

/** Where uploads of all nodes' jobs are placed: content under hashed names, nobody's to look through. */
const ownSubfolder = /^comfymux(\/|$)/;

@Injectable()
export class FilesService {
  private readonly uploads = new Map<string, Promise<void>>();

  constructor(
    @Inject(CONFIG) private readonly config: Config,
    @Inject(AssetsService) private readonly assets: AssetsService,
    @Inject(NativeStore) private readonly store: NativeStore,
    @Inject(NodesService) private readonly nodes: NodesService,
    @Inject(NodeStreams) private readonly streams: NodeStreams,
    @Inject(LiveFiles) private readonly live: LiveFiles,
    @Inject(ObjectInfoService) private readonly objectInfo: ObjectInfoService,
  ) {}

  /** Under the name that LoadImage then takes: the one sent, or a numbered one when other bytes have it. */
  async keepUpload(caller: Caller, file: NodeFile, sha256: string, overwrite: boolean): Promise<string> {
    // Of one name one after the other, or two uploads could both find it free.
    const lock = `${scopeOf(caller)} ${uploadKey(file)}`;
    const turn = (this.uploads.get(lock) ?? Promise.resolve()).then(async () =>
      this.nameUpload(caller, file, sha256, overwrite),
    );
    const settled = turn.then(
      () => undefined,
      () => undefined,
    );
    this.uploads.set(lock, settled);
    void settled.then(() => this.uploads.get(lock) === settled && this.uploads.delete(lock));
    return turn;
  }

  private async nameUpload(
    caller: Caller,
    file: NodeFile,
    sha256: string,
    overwrite: boolean,
  ): Promise<string> {
    const scope = scopeOf(caller);
    const { index, isKnown } = overwrite
      ? { index: 0, isKnown: false }
      : await this.assets.freeName(scope, partsOf(file), sha256);
    const filename = numberedName(file.filename, index);
    if (isKnown) return filename;
    const key = uploadKey({ ...file, filename });
    const previous = overwrite ? await this.assets.findUpload(key, scope) : null;
    await this.assets.recordUpload(key, sha256, scope, currentTenant());
    // The other doors know one input folder for all, in which nobody replaces another's file.
    if (file.type === 'input' && currentTenant() === defaultTenantId)
      await this.assets.shareUpload(key, sha256, previous?.sha256);
    return filename;
  }

  /** Names of the caller's uploads of one folder type, as loaders take them. */
  async uploadNames(caller: Caller, type: FolderType): Promise<string[]> {
    const names = await this.assets.uploadNames(scopeOf(caller), listedUploadsMax);
    return names.flatMap((name) => {
      const file = readFileValue(name);
      return file?.type === type ? [splitAnnotation(name).name] : [];
    });
  }

  /** As ComfyUI lists a folder, files right in it, newest first: the caller's uploads and the results of its jobs. */
  async namesIn(caller: Caller, type: FolderType): Promise<string[]> {
    const uploads = (await this.uploadNames(caller, type)).filter((name) => !name.includes('/'));
    const results = type === 'input' ? [] : await this.store.resultNames(caller, type, listedUploadsMax);
    return [...new Set([...results, ...uploads])].filter((name) => !name.startsWith('.'));
  }

  /** The stored file that an input value means to this caller: its upload, or a result of its jobs. */
  async findInput(caller: Caller, value: string): Promise<StoredFile | null> {
    const file = readFileValue(value);
    return file ? this.find(caller, file) : null;
  }

  /** Takes an input file that nodes list into storage, so that the job may run on any. */
  async adoptInput(value: string): Promise<{ sha256: string } | null> {
    // What is no image, and what breaks off, stays where it is: only its own node can then run the job.
    return this.assets
      .adoptInput(this.nodes.clients(), value, this.config.MAX_UPLOAD_BYTES, nodesScope)
      .catch(() => null);
  }

  async find(caller: Caller, file: FileReference): Promise<StoredFile | null> {
    if (file.jobId === undefined) {
      const upload = await this.assets.findUpload(uploadKey(file), scopeOf(caller));
      if (upload) return { ...upload, filename: file.filename };
    }
    return file.type === 'input' ? null : this.store.findOutput(caller, file);
  }

  /** The result that a link opens, whosever it is: the signature named it. */
  async linked({ jobId, ...file }: FileReference): Promise<StoredFile | null> {
    return jobId === undefined ? null : this.store.outputOf(jobId, file);
  }

  /** A node that has the file and may show it to this caller: it is not in storage (yet). */
  async nodeWith(caller: Caller, file: FileReference): Promise<ComfyClient | undefined> {
    if (file.type === 'input') return this.nodeWithInput(file);
    const own = { filename: file.filename, subfolder: file.subfolder, type: file.type };
    // Asked of none too: else the time would tell whether others have a file of this name.
    const candidates =
      file.jobId === undefined
        ? await this.store.seenAmong(this.live.jobWith(own).toReversed(), caller)
        : [file.jobId];
    for (const jobId of candidates) {
      const record = await this.store.find(jobId, caller);
      if (!record) continue;
      const nodeId =
        this.live.nodeOf(jobId, own) ??
        ((await hasNamed(record, own)) ? await this.store.nodeOf(jobId) : null);
      if (nodeId != null) return this.streams.clientOf(nodeId);
    }
    return undefined;
  }

  private nodeWithInput(file: FileReference): ComfyClient | undefined {
    const key = uploadKey(file);
    if (ownSubfolder.test(file.subfolder) || !this.objectInfo.isInputFile(key)) return undefined;
    return this.streams.stickyClient();
  }

  async open(sha256: string, range?: { start: number; end: number }): Promise<Readable> {
    return this.assets.open(sha256, range);
  }

  /** Faults: `unsupported_media` for an empty file, `payload_too_large`, `storage_full`, `quota_exceeded`. */
  async keep(source: AsyncIterable<Uint8Array>): Promise<string> {
    const { sha256 } = await this.assets.storeUpload(source, {
      accept: 'any',
      maxBytes: this.config.MAX_UPLOAD_BYTES,
      owner: currentTenant(),
    });
    return sha256;
  }
}

/** Input files that operators put on nodes: under their names they are nobody's uploads. */
const nodesScope = 'native:nodes';
const listedUploadsMax = 10_000;

type NodeFile = Omit<FileReference, 'jobId'>;

async function hasNamed({ run }: PromptRecord, file: NodeFile): Promise<boolean> {
  if (run === null) return false;
  const named = await inTurns(namedFilesSteps(await parsePlainInTurns(run.outputs), Infinity));
  return named.some(
    ({ filename, subfolder, type }) =>
      filename === file.filename && subfolder === file.subfolder && type === file.type,
  );
}

/** As `uploadKey` writes the numbered name. */
function partsOf({ filename, subfolder, type }: NodeFile): NumberedName {
  const { stem, extension } = numberedParts(filename);
  return {
    stem: subfolder === '' ? stem : `${subfolder}/${stem}`,
    extension,
    behind: type === 'input' ? '' : ` [${type}]`,
  };
}

const scopeOf = ({ place }: Caller): string => `native:${digestName(place)}`;
