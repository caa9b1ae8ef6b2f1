/**
 * JSON answers of any length, written as they are made: short ones go out whole, long ones as a stream that waits for its
 * reader. What waits is bounded: few long answers at once, and none whose reader stands still.
 */
import { setImmediate as turn } from 'node:timers/promises';
import { Readable } from 'node:stream';
import { Injectable } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { Fault } from '../../../platform/fault.js';
import type { Pieces } from '../domain/prompt-text.js';

const wholeCharsMax = 256 * 1024;
const longMax = 32;
const readerPatienceMs = 60_000;
const turnMs = 8;

@Injectable()
export class LongAnswers {
  private long = 0;

  /** Fault `queue_full` when too many long answers are being read. */
  async send(reply: FastifyReply, pieces: Pieces): Promise<FastifyReply> {
    const { head, isWhole } = await headOf(pieces);
    void reply.code(200).header('content-type', 'application/json; charset=utf-8');
    if (isWhole) return reply.send(head);
    if (this.long >= longMax) {
      await pieces.return(undefined);
      throw new Fault('queue_full', 'Too many long answers are being read; ask again soon');
    }
    this.long += 1;
    reply.raw.setTimeout(readerPatienceMs);
    return reply.send(Readable.from(this.rest(head, pieces), { objectMode: false }));
  }

  private async *rest(head: string, pieces: Pieces): AsyncGenerator<string> {
    try {
      yield head;
      for await (const piece of pieces) {
        if (piece !== '') yield piece;
        // A reader that is always ready must not keep the process from everybody else.
        await turn();
      }
    } finally {
      this.long -= 1;
    }
  }
}

async function headOf(pieces: Pieces): Promise<{ head: string; isWhole: boolean }> {
  let head = '';
  let untilMs = performance.now() + turnMs;
  while (head.length <= wholeCharsMax) {
    if (performance.now() >= untilMs) {
      await turn();
      untilMs = performance.now() + turnMs;
    }
    const { done, value } = await pieces.next();
    if (done === true) return { head, isWhole: true };
    head += value;
  }
  return { head, isWhole: false };
}
