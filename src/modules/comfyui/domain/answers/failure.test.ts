import { describe, expect, it } from 'vitest';

import { classifyFailure } from './failure.js';
import failed from '../fixtures/run-error.json' with { type: 'json' };
import oom from '../fixtures/run-oom.json' with { type: 'json' };

const kindOf = (exceptionType: string, message: string) =>
  classifyFailure({ exception_type: exceptionType, exception_message: message }).kind;

describe('a failed run', () => {
  it('of the recorded out-of-memory is oom', () => {
    expect(classifyFailure(oom.history.status.messages.at(-1)![1])).toEqual({
      kind: 'oom',
      nodeId: '57',
      classType: 'KSamplerAdvanced',
      exceptionType: 'torch.OutOfMemoryError',
      text: 'KSamplerAdvanced (node 57): CUDA out of memory. Tried to allocate 2.00 GiB',
    });
  });

  it('of the recorded exception is the job’s', () => {
    expect(classifyFailure(failed.history.status.messages.at(-1)![1])).toMatchObject({
      kind: 'job_error',
      text: 'KSamplerAdvanced (node 57): stand-in failure',
    });
  });

  it.each([
    ['torch.cuda.OutOfMemoryError', 'x', 'oom'],
    ['torch.AcceleratorError', 'CUDA error: out of memory', 'oom'],
    ['RuntimeError', 'Allocation on device 0 would exceed allowed memory.', 'oom'],
    ['MemoryError', '', 'oom'],
    ['torch.AcceleratorError', 'CUDA error: an illegal memory access was encountered', 'node_fault'],
    ['RuntimeError', 'CUDA error: device-side assert triggered', 'node_fault'],
    ['RuntimeError', 'cuDNN error: CUDNN_STATUS_EXECUTION_FAILED', 'node_fault'],
    ['RuntimeError', 'unspecified launch failure', 'node_fault'],
    ['OSError', '[Errno 28] No space left on device', 'node_fault'],
    ['SafetensorError', 'Error while deserializing header: header too small', 'node_fault'],
    ['ValueError', 'the CUDA kernel size must be odd', 'job_error'],
    ['Exception', 'An error occurred in the ffmpeg subprocess', 'job_error'],
  ])('%s %s is %s', (exceptionType, message, kind) => {
    expect(kindOf(exceptionType, message)).toBe(kind);
  });

  it.each([undefined, null, {}, 'x', { exception_message: 5 }])(
    'told as %j is still a job error with a text',
    (error) => {
      expect(classifyFailure(error)).toMatchObject({ kind: 'job_error', text: 'Error' });
    },
  );

  it('has a bounded text of one line', () => {
    const { text } = classifyFailure({ node_type: 'A', exception_message: `${'x'.repeat(10_000)}\nmore` });
    expect(text).toHaveLength(300);
    expect(text).not.toContain('\n');
  });
});
