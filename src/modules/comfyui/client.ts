/**
 * ComfyUI's HTTP routes on one node, typed.
 * Guarantees: nothing but reads is ever sent twice; `POST /prompt` throws `not_sent` only when no byte left, and after
 * any other error its outcome is unknown; the global `/interrupt` is never sent unless asked for by name.
 * Every method throws `ComfyCallError`.
 */
import type { IncomingHttpHeaders } from 'node:http';
import type { Readable } from 'node:stream';
import {
  defaultTimeouts,
  type ComfyTimeouts,
  type DownloadedFile,
  type FileReference,
  type PostPromptAnswer,
  type PostPromptRequest,
  type UploadRequest,
} from './client-types.js';
import type { Capabilities } from './domain/answers/capabilities.js';
import { historyEntrySteps, readQueue, type HistoryEntry, type QueueReading } from './domain/answers/fate.js';
import { isJsonObject, stringifyJson } from './domain/json/json.js';
import { storableText } from './domain/json/storable.js';
import { runTextSteps } from './domain/events/run-text.js';
import { ComfyCallError } from './transport/errors.js';
import { MultipartBody } from './transport/multipart.js';
import { promptBody, readPromptAnswer } from './socket/prompt-message.js';
import { NodeTransport, parseBody, statusError, type Call } from './transport/transport.js';
import { withoutTrailing } from '../../platform/outside-text/index.js';
import { inTurns } from '../../platform/turns/index.js';

const mebibyte = 1024 * 1024;
/** What a server says of itself, which others are told as often as they ask. */
const machineBytes = mebibyte / 4;
const smallBytes = 4 * mebibyte;
// As many names of files as anybody has in one folder.
const modelListBytes = 16 * mebibyte;
// Queue and history hold whole prompts with their embedded workflows.
const listingBytes = 64 * mebibyte;
const objectInfoBytes = 64 * mebibyte;

export class ComfyClient {
  readonly #transport: NodeTransport;
  readonly #timeouts: ComfyTimeouts;
  /** The node's address without credentials. */
  readonly address: string;

  constructor(options: { baseUrl: URL; timeouts?: Partial<ComfyTimeouts> }) {
    this.#timeouts = { ...defaultTimeouts, ...options.timeouts };
    this.#transport = new NodeTransport(options.baseUrl, this.#timeouts);
    this.address = withoutTrailing(`${options.baseUrl.origin}${options.baseUrl.pathname}`, '/');
  }

  /** Ends every call still under way; the client is of no use afterwards. */
  close(): Promise<void> {
    return this.#transport.close();
  }

  systemStats(): Promise<Record<string, unknown>> {
    return this.#object(this.#get('/system_stats'), machineBytes);
  }

  /** Undefined where the route is absent (before 0.3.45). */
  features(): Promise<Record<string, unknown> | undefined> {
    return this.#unlessAbsent(this.#object(this.#get('/features'), machineBytes));
  }

  /** All node schemas: the answer as sent, for hashing, and read when asked to. It may be tens of megabytes. */
  async objectInfo(): Promise<{ text: string; read: () => Promise<Record<string, unknown>> }> {
    const call = this.#get('/object_info', { timeoutMs: this.#timeouts.objectInfoMs });
    const text = await this.#transport.okText(call, objectInfoBytes);
    return { text, read: async () => asObject(call, await parseBody(call, text)) };
  }

  /** Undefined for a class that the node does not have. */
  async objectInfoClass(classType: string): Promise<Record<string, unknown> | undefined> {
    const info = await this.#object(this.#get(`/object_info/${encoded(classType)}`), modelListBytes);
    const schema = Object.hasOwn(info, classType) ? info[classType] : undefined;
    return isJsonObject(schema) ? schema : undefined;
  }

  /** Pending and running prompts: the cheapest sign of life. */
  async queueRemaining(): Promise<number> {
    const call = this.#poll('/prompt');
    const { exec_info: info } = await this.#object(call);
    const remaining = isJsonObject(info) ? info.queue_remaining : undefined;
    return typeof remaining === 'number' ? remaining : unexpected(call);
  }

  async queue(): Promise<QueueReading> {
    const call = this.#poll('/queue');
    return readQueue(await this.#transport.okJson(call, listingBytes)) ?? unexpected(call);
  }

  /** Undefined while the prompt is pending, running or unknown. Read `queue()` before it: see `readFate`. */
  async history(promptId: string): Promise<HistoryEntry | undefined> {
    const call = this.#poll(`/history/${encoded(promptId)}`);
    const text = await this.#transport.okText(call, listingBytes);
    const body = asObject(call, await parseBody(call, text));
    if (!Object.hasOwn(body, promptId)) return undefined;
    const entry = (await inTurns(historyEntrySteps(body[promptId]))) ?? unexpected(call);
    return { ...entry, text: await inTurns(runTextSteps(text, promptId)) };
  }

  /** Ids of the last `maxItems` finished prompts, oldest first. The node sends them with their prompts. */
  async historyIds(maxItems = 64): Promise<string[]> {
    const call = this.#get('/history', { query: { max_items: String(maxItems) } });
    return Object.keys(asObject(call, await this.#transport.okJson(call, listingBytes)));
  }

  /** Unknown ids are no error. */
  async deleteHistory(ids: readonly string[]): Promise<void> {
    await this.#command('/history', { delete: ids });
  }

  async postPrompt(request: PostPromptRequest): Promise<PostPromptAnswer> {
    const call: Call = {
      ...this.#post('/prompt', await promptBody(request)),
      timeoutMs: this.#timeouts.promptMs,
      deadlineMs: request.deadlineMs,
      signal: request.signal,
    };
    const { status, text } = await this.#transport.text(call, smallBytes);
    if (status !== 200 && status !== 400) throw statusError(call, status, text);
    const answer = readPromptAnswer(status, await parseBody(call, text));
    if (answer) return answer;
    // Another server, or a proxy, also says 400.
    if (status === 400) throw statusError(call, status, text);
    return unexpected(call);
  }

  /** Takes pending prompts off the queue; never touches the running one. The node does not tell which it found. */
  async withdraw(ids: readonly string[]): Promise<void> {
    await this.#command('/queue', { delete: ids });
  }

  /**
   * Asks the running prompt to stop if it is this one. Repeat until the prompt is settled: the node loses an
   * interrupt sent just as a prompt starts. An old node knows only the global kill, sent with `allowGlobal` alone.
   */
  async interrupt(
    promptId: string,
    capabilities: Pick<Capabilities, 'targetedInterrupt'>,
    options: { allowGlobal?: boolean } = {},
  ): Promise<'sent' | 'unsupported'> {
    if (!capabilities.targetedInterrupt && !options.allowGlobal) return 'unsupported';
    await this.#command('/interrupt', { prompt_id: promptId });
    return 'sent';
  }

  /** Cancels in one step, pending or running. `unsupported` before 0.26. */
  async cancelJob(promptId: string): Promise<'cancelled' | 'not_found' | 'unsupported'> {
    const call = this.#post(`/api/jobs/${encoded(promptId)}/cancel`, '{}');
    const { status, text } = await this.#transport.text(call, smallBytes);
    if (status === 404 || status === 405) return 'unsupported';
    if (status !== 200) throw statusError(call, status, text);
    return asObject(call, await parseBody(call, text)).cancelled === true ? 'cancelled' : 'not_found';
  }

  /** Whether `/api/jobs` exists (since 0.6): its 404 for an unknown job has a JSON body. */
  async hasJobsApi(unknownPromptId: string): Promise<boolean> {
    const call = this.#get(`/api/jobs/${encoded(unknownPromptId)}`);
    const { status, text } = await this.#transport.text(call, smallBytes);
    if (status >= 500) throw statusError(call, status, text);
    return status === 404 && text.includes('"error"');
  }

  /** The reference as the node stored it: always use the returned name. What reading `content` throws comes through. */
  async upload(request: UploadRequest): Promise<FileReference> {
    const { filename, subfolder, content, sizeBytes, overwrite = false, type = 'input', signal } = request;
    const fields = { type, subfolder, ...(overwrite && { overwrite: 'true' }) };
    const body = new MultipartBody({ fields, name: 'image', filename, content, sizeBytes });
    const { uploadMs: timeoutMs } = this.#timeouts;
    const call: Call = {
      method: 'POST',
      path: '/upload/image',
      headers: body.headers,
      body,
      timeoutMs,
      signal,
    };
    try {
      return readUploaded(call, await this.#transport.okJson(call, smallBytes));
    } catch (error) {
      throw body.contentError ?? error;
    } finally {
      body.release();
    }
  }

  /** A file's bytes as a stream. `range` is an HTTP range such as `bytes=0-99`. */
  async view(file: FileReference & { range?: string; signal?: AbortSignal }): Promise<DownloadedFile> {
    const { filename, subfolder, type, range, signal } = file;
    const call = this.#get('/view', { query: { filename, subfolder, type }, signal });
    const { status, headers, body } = await this.#transport.open({
      ...call,
      ...(range && { headers: { range } }),
    });
    const length = headers['content-length'];
    return {
      status: status === 206 ? 206 : 200,
      contentType: headers['content-type'],
      sizeBytes: length === undefined ? undefined : Number(length),
      contentRange: headers['content-range'],
      etag: headers.etag,
      body,
    };
  }

  /** Any call, answered as the node answers it, whatever the status. The caller reads or destroys the body. */
  async pass(request: {
    method?: 'GET' | 'POST' | 'PUT';
    pathAndQuery: string;
    headers: Record<string, string>;
    body?: string | Buffer;
  }): Promise<{ status: number; headers: IncomingHttpHeaders; body: Readable }> {
    const { method = 'GET', pathAndQuery: path, headers, body } = request;
    const timeoutMs = this.#timeouts.callMs;
    return this.#transport.openAny({ method, path, headers, timeoutMs, ...(body !== undefined && { body }) });
  }

  /** Asks for memory back; the node acts between prompts and says nothing when done. */
  async free(options: { unloadModels?: boolean; freeMemory?: boolean } = {}): Promise<void> {
    const { unloadModels = true, freeMemory = true } = options;
    await this.#command('/free', { unload_models: unloadModels, free_memory: freeMemory });
  }

  /** Keys of the model folders. */
  async modelFolders(): Promise<string[]> {
    const call = this.#get('/models');
    return namesIn(await this.#transport.okJson(call, modelListBytes)) ?? unexpected(call);
  }

  /** Files with their sizes, the first of very many; empty where the route is absent. */
  async modelDetails(folder: string): Promise<unknown[]> {
    const call = this.#get(`/experiment/models/${encoded(folder)}`);
    const list = await this.#unlessAbsent(this.#transport.okJson(call, listingBytes));
    return Array.isArray(list) ? list.slice(0, namesMax) : [];
  }

  /** Relative paths in a model folder, the first of very many; undefined for a folder key the node does not know. */
  async modelFolder(folder: string): Promise<string[] | undefined> {
    const call = this.#get(`/models/${encoded(folder)}`);
    const list = await this.#unlessAbsent(this.#transport.okJson(call, modelListBytes));
    return list === undefined ? undefined : (namesIn(list) ?? unexpected(call));
  }

  #get(path: string, more: Partial<Call> = {}): Call {
    return { method: 'GET', path, timeoutMs: this.#timeouts.callMs, ...more };
  }

  #poll(path: string): Call {
    const { callMs, pollMs } = this.#timeouts;
    return this.#get(path, { timeoutMs: Math.min(callMs, pollMs) });
  }

  #post(path: string, body: string | Buffer): Call {
    const headers = { 'content-type': 'application/json' };
    return { method: 'POST', path, headers, body, timeoutMs: this.#timeouts.callMs };
  }

  async #object(call: Call, maxBytes = smallBytes): Promise<Record<string, unknown>> {
    return asObject(call, await this.#transport.okJson(call, maxBytes));
  }

  async #command(path: string, body: unknown): Promise<void> {
    await this.#transport.okText(this.#post(path, stringifyJson(body)), smallBytes);
  }

  async #unlessAbsent<T>(answer: Promise<T>): Promise<T | undefined> {
    return answer.catch((error: unknown) => {
      if (error instanceof ComfyCallError && error.status === 404) return undefined;
      throw error;
    });
  }
}

/** Each union of such lists is sorted anew for whoever asks. */
const namesMax = 20_000;

const namesIn = (list: unknown): string[] | undefined =>
  Array.isArray(list) ? list.filter((item) => typeof item === 'string').slice(0, namesMax) : undefined;

function readUploaded(call: Call, answer: unknown): FileReference {
  const { name, subfolder, type } = asObject(call, answer);
  if (typeof name !== 'string' || typeof subfolder !== 'string' || typeof type !== 'string')
    return unexpected(call);
  return { filename: name, subfolder, type };
}

function asObject(call: Call, value: unknown): Record<string, unknown> {
  return isJsonObject(value) ? value : unexpected(call);
}

/** Half of a surrogate pair, which a caller's text may hold, has no encoding. */
const encoded = (name: string): string => encodeURIComponent(storableText(name));

function unexpected(call: Call): never {
  throw new ComfyCallError('protocol', `${call.method} ${call.path}: an answer that no ComfyUI gives`);
}
