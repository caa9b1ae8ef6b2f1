/**
 * The long answers about prompts, written in pieces: a graph may have 100 MB and a history a thousand of them, so nothing
 * here holds more than one slice, and stored JSON passes on as text.
 */
import { Respacer, type Steps, writeJson, writeJsonSteps } from '../../../modules/comfyui/domain/index.js';
import { jobSummarySteps } from './job-summary.js';
import { numberOf, objectTextSteps, type PromptRecord, statusOf, toldSteps } from './prompt-record.js';

/** An empty piece is a place where others may go first. */
export type Pieces = AsyncGenerator<string> | Generator<string>;
/** Slices of a long text of the record. */
export type SlicesOf = (jobId: string, column: 'graph' | 'extra_data') => AsyncIterable<string>;

/** `[number, prompt_id, prompt, extra_data, outputs_to_execute]`. */
export async function* promptTuple(record: PromptRecord, slicesOf: SlicesOf): AsyncGenerator<string> {
  yield `[${writeJson(numberOf(record))}, ${writeJson(record.jobId)}, `;
  yield* graphText(record, slicesOf);
  yield ', ';
  yield* extraDataText(record, slicesOf);
  yield `, ${writeJson(record.targets)}]`;
}

/** A member of `/history`, with its key. */
export async function* historyMember(record: PromptRecord, slicesOf: SlicesOf): AsyncGenerator<string> {
  yield `${writeJson(record.jobId)}: {"prompt": `;
  yield* promptTuple(record, slicesOf);
  const told = yield* paused(toldSteps(record));
  yield `, "outputs": ${yield* paused(writeJsonSteps(told.outputs))}`;
  yield `, "status": ${yield* paused(writeJsonSteps(statusOf(record, told)))}`;
  yield `, "meta": ${yield* paused(objectTextSteps(record.run?.meta ?? '{}'))}}`;
}

/** `GET /api/jobs/{id}` of a finished job. */
export async function* jobText(record: PromptRecord, slicesOf: SlicesOf): AsyncGenerator<string> {
  const run = yield* paused(toldSteps(record));
  const told = {
    ...(yield* paused(jobSummarySteps(record, run))),
    outputs: run.outputs,
    execution_status: statusOf(record, run),
  };
  const text = yield* paused(writeJsonSteps(told));
  yield `${text.slice(0, -1)}, "workflow": {"prompt": `;
  yield* graphText(record, slicesOf);
  yield ', "extra_data": ';
  yield* extraDataText(record, slicesOf);
  yield '}}';
}

/** An item of `/api/jobs`. */
export function* summaryText(record: PromptRecord): Generator<string> {
  const told = yield* paused(toldSteps(record));
  yield yield* paused(writeJsonSteps(yield* paused(jobSummarySteps(record, told))));
}

/** Work in steps within an answer that is written in pieces. */
function* paused<Result>(steps: Steps<Result>): Generator<string, Result> {
  for (;;) {
    const step = steps.next();
    if (step.done) return step.value;
    yield '';
  }
}

/** With `, ` between them. */
export async function* joinedPieces<T>(
  items: AsyncIterable<T>,
  textOf: (item: T) => Pieces,
): AsyncGenerator<string> {
  let isFirst = true;
  for await (const item of items) {
    if (!isFirst) yield ', ';
    isFirst = false;
    yield* textOf(item);
  }
}

async function* graphText({ jobId, graph }: PromptRecord, slicesOf: SlicesOf): AsyncGenerator<string> {
  yield* spaced(graph === null ? slicesOf(jobId, 'graph') : [yield* paused(objectTextSteps(graph))]);
}

/** The stored members, which have neither of these two, and then these two. */
async function* extraDataText(record: PromptRecord, slicesOf: SlicesOf): AsyncGenerator<string> {
  const { jobId, extraData, clientId, createdAtMs } = record;
  const own = writeJson({ client_id: clientId ?? undefined, create_time: createdAtMs }).slice(1);
  let last = '';
  let length = 0;
  for await (const piece of spaced(
    extraData === null ? slicesOf(jobId, 'extra_data') : [yield* paused(objectTextSteps(extraData))],
  )) {
    yield last;
    last = piece;
    length += piece.length;
  }
  yield length <= emptyObject.length ? `{${own}` : `${last.slice(0, -1)}, ${own}`;
}

const emptyObject = '{}';

async function* spaced(slices: AsyncIterable<string> | string[]): AsyncGenerator<string> {
  const respacer = new Respacer();
  for await (const slice of slices)
    for (let at = 0; at < slice.length; at += pieceChars)
      yield respacer.next(slice.slice(at, at + pieceChars));
}

/** Some milliseconds of work. */
const pieceChars = 100_000;
