/**
 * The original's parameter checks: which values it took, in which order it complained, and how. A refused request gets
 * one entry for each fault, shaped as pydantic shapes them.
 */
import { PythonJsonError, parsePythonJson } from './python-json.js';
import { type Bounds, type Converted, toFloat, toInteger, toText } from './pydantic.js';
import type { PyObject, PyValue } from './python-value.js';

export interface ValidationEntry {
  type: string;
  loc: (string | number)[];
  msg: string;
  input: unknown;
  ctx?: Record<string, unknown>;
}

export interface GenerationParameters {
  prompt: string;
  width: number;
  height: number;
  length: number;
  steps: number;
  cfg: number;
  fps: number;
  /** Null: to be drawn. */
  noiseSeed: bigint | null;
}

export type Checked<T> = { value: T } | { entries: ValidationEntry[] };

/** What a form held: texts by name, files as objects; the image is told apart, since its bytes are elsewhere. */
export interface FormFields {
  values: ReadonlyMap<string, PyValue>;
  hasImage: boolean;
}

/** The body of /api/generate. Throws PythonJsonLimitError. */
export function checkJsonBody(text: string): Checked<GenerationParameters & { imageFilename: string }> {
  if (text === '')
    return { entries: [{ type: 'missing', loc: ['body'], msg: 'Field required', input: null }] };
  const parsed = parseBody(text);
  if ('entries' in parsed) return parsed;
  if (!(parsed.value instanceof Map)) return { entries: [notAnObject(parsed.value)] };
  const body = parsed.value;
  const reader = new FieldReader((name) => body.get(name), body);
  const imageFilename = reader.text('image_filename', { allowEmpty: true });
  return reader.result({ imageFilename, ...readParameters(reader) });
}

/** A body that is not declared as JSON is seen as one text. */
export function notAnObject(input: PyValue): ValidationEntry {
  const msg = 'Input should be a valid dictionary or object to extract fields from';
  return { type: 'model_attributes_type', loc: ['body'], msg, input };
}

/** The form of the upload endpoints. An empty field counts as absent. */
export function checkForm({
  values,
  hasImage,
}: FormFields): Checked<GenerationParameters & { timeoutSeconds: number }> {
  const reader = new FieldReader((name) => (values.get(name) === '' ? undefined : values.get(name)), null);
  if (!hasImage) reader.complainAboutImage();
  const parameters = readParameters(reader);
  const timeoutSeconds = Number(reader.integer('timeout', { ge: 1n }, 600n));
  return reader.result({ ...parameters, timeoutSeconds });
}

export interface EnhanceParameters {
  userPrompt: string;
  temperature: number;
  maxTokens: number;
}

/** The form of /api/enhance_prompt, whose image is a file or absent. */
export function checkEnhanceForm({ values }: FormFields): Checked<EnhanceParameters> {
  const reader = new FieldReader((name) => (values.get(name) === '' ? undefined : values.get(name)), null);
  const userPrompt = reader.text('user_prompt', { allowEmpty: false });
  if ((values.get('image') ?? '') !== '') reader.complainAboutImage();
  const temperature = reader.float('temperature', {}, 0.7);
  const maxTokens = Number(reader.integer('max_tokens', {}, 2000n));
  return reader.result({ userPrompt, temperature, maxTokens });
}

function readParameters(reader: FieldReader): GenerationParameters {
  return {
    prompt: reader.text('prompt', { allowEmpty: false }),
    width: Number(reader.integer('width', { ge: 512n, le: 1920n }, 1280n)),
    height: Number(reader.integer('height', { ge: 512n, le: 1920n }, 720n)),
    length: Number(reader.integer('length', { ge: 16n, le: 240n }, 81n)),
    steps: Number(reader.integer('steps', { ge: 1n, le: 20n }, 4n)),
    cfg: reader.float('cfg', { ge: 0.5, le: 10 }, 1),
    fps: Number(reader.integer('fps', { ge: 8n, le: 60n }, 16n)),
    noiseSeed: reader.optionalInteger('noise_seed'),
  };
}

function parseBody(text: string): Checked<PyValue> {
  try {
    return { value: parsePythonJson(text) };
  } catch (error) {
    if (!(error instanceof PythonJsonError)) throw error;
    const { message, position } = error;
    const msg = 'JSON decode error';
    return {
      entries: [{ type: 'json_invalid', loc: ['body', position], msg, input: {}, ctx: { error: message } }],
    };
  }
}

/** Reads one field after the other and remembers every complaint; a value complained about is replaced by its default. */
class FieldReader {
  private readonly entries: ValidationEntry[] = [];

  /** `whole` is shown as the input where a field is missing. */
  constructor(
    private readonly find: (name: string) => PyValue | undefined,
    private readonly whole: PyObject | null,
  ) {}

  text(name: string, options: { allowEmpty: boolean }): string {
    const input = this.find(name);
    if (input !== undefined) return this.take(name, input, toText(input, options)) ?? '';
    this.complainAboutMissing(name);
    return '';
  }

  integer(name: string, bounds: Bounds<bigint>, absent: bigint): bigint {
    const input = this.find(name);
    return input === undefined ? absent : (this.take(name, input, toInteger(input, bounds)) ?? absent);
  }

  optionalInteger(name: string): bigint | null {
    const input = this.find(name) ?? null;
    return input === null ? null : (this.take(name, input, toInteger(input)) ?? null);
  }

  float(name: string, bounds: Bounds<number>, absent: number): number {
    const input = this.find(name);
    return input === undefined ? absent : (this.take(name, input, toFloat(input, bounds)) ?? absent);
  }

  complainAboutImage(): void {
    const input = this.find('image');
    if (input === undefined) return this.complainAboutMissing('image');
    const msg = "Value error, Expected UploadFile, received: <class 'str'>";
    this.entries.push({ type: 'value_error', loc: ['body', 'image'], msg, input, ctx: { error: {} } });
  }

  result<T>(value: T): Checked<T> {
    return this.entries.length === 0 ? { value } : { entries: this.entries };
  }

  private complainAboutMissing(name: string): void {
    this.entries.push({ type: 'missing', loc: ['body', name], msg: 'Field required', input: this.whole });
  }

  private take<T>(name: string, input: PyValue, converted: Converted<T>): T | undefined {
    if ('value' in converted) return converted.value;
    const { type, msg, ctx } = converted.complaint;
    this.entries.push({ type, loc: ['body', name], msg, input, ...(ctx && { ctx }) });
    return undefined;
  }
}
