/** The body of `POST /prompt`: what it says of the prompt, and what is wrong with it in ComfyUI's words. */
import { asNumber, isJsonObject, isUiWorkflow } from '../../modules/comfyui/index.js';
import {
  invalidPrompt,
  invalidPromptId,
  noPrompt,
  type PromptError,
} from '../../modules/comfyui/domain/index.js';
import { isUuid } from './domain/uuid.js';

export interface Envelope {
  prompt: unknown;
  promptId: string;
  /** The client chose the id. */
  isNamed: boolean;
  clientId: string | null;
  number: number | null;
  front: boolean;
  /** Undefined: every output node. */
  targets: string[] | undefined;
  /** As sent, but for what the server sets itself. */
  extraData: Record<string, unknown>;
}

const clientIdCharsMax = 256;

/** In ComfyUI's order: number, prompt, id. What it answers with a bare 500 is a 400 that tells why. */
export function readEnvelope(sentBody: unknown): Envelope | PromptError {
  const body = isUiWorkflow(sentBody) ? { prompt: sentBody } : sentBody;
  if (body === undefined) return invalidPrompt('The request body is not valid JSON');
  if (!isJsonObject(body) || !('prompt' in body)) return noPrompt;
  return readFields(body);
}

function readFields(body: Record<string, unknown>): Envelope | PromptError {
  const number = readNumber(body.number);
  if (number === undefined) return invalidPrompt('number must be a number');
  const promptId = body.prompt_id ?? crypto.randomUUID();
  if (!isUuid(promptId)) return invalidPromptId;
  const sent = body.extra_data ?? {};
  if (!isJsonObject(sent)) return invalidPrompt('extra_data must be an object');
  const clientId = body.client_id ?? sent.client_id;
  if (!isClientId(clientId)) return invalidPrompt('client_id must be a string');
  const targets = body.partial_execution_targets;
  if (!isTargets(targets)) return invalidPrompt('partial_execution_targets must be a list of node ids');
  const { client_id: _, create_time: __, ...extraData } = sent;
  return {
    prompt: body.prompt,
    promptId,
    isNamed: promptId === body.prompt_id,
    clientId: clientId ?? null,
    number,
    front: isTrue(body.front),
    targets: targets?.map(String),
    extraData,
  };
}

const isClientId = (value: unknown): value is string | null | undefined =>
  (value ?? undefined) === undefined || (typeof value === 'string' && value.length <= clientIdCharsMax);

const isTargets = (value: unknown): value is unknown[] | null | undefined =>
  (value ?? undefined) === undefined || Array.isArray(value);

/** Undefined for what is no number; null for none. */
function readNumber(value: unknown): number | null | undefined {
  if (value === undefined) return null;
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : asNumber(value);
  return number !== undefined && Number.isFinite(number) ? number : undefined;
}

/** Python's truth. */
const isTrue = (value: unknown): boolean => Boolean(value) && asNumber(value) !== 0;
