import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { decodeBinaryEvent } from './binary-events.js';
import { parseEvent } from './events.js';
import success from '../fixtures/run-success.json' with { type: 'json' };
import cached from '../fixtures/run-cached.json' with { type: 'json' };
import error from '../fixtures/run-error.json' with { type: 'json' };
import oom from '../fixtures/run-oom.json' with { type: 'json' };

const runs = { success, cached, error, oom };
const read = (message: unknown) => parseEvent(JSON.stringify(message));

describe('text frames', () => {
  it.each(['success', 'cached', 'error', 'oom'] as const)(
    'of the recorded run %s are all understood',
    (name) => {
      const { messages } = runs[name];
      const types = messages.map((message) => read(message)?.type);
      expect(types).toEqual(messages.map((message) => message.type));
    },
  );

  it('keep the data for those who pass it on', () => {
    const data = { prompt_id: 'p', node: '1', display_node: '1', output: { images: [] } };
    expect(read({ type: 'executed', data })).toEqual({
      type: 'executed',
      promptId: 'p',
      nodeId: '1',
      output: { images: [] },
      data,
    });
  });

  it('tell the end marker from the reconnect form', () => {
    expect(read({ type: 'executing', data: { node: null, prompt_id: 'p' } })).toMatchObject({
      nodeId: null,
      promptId: 'p',
    });
    expect(read({ type: 'executing', data: { node: '3' } })).not.toHaveProperty('promptId');
  });

  it('tell a blocked branch from the end of the prompt', () => {
    const data = { prompt_id: 'p', exception_type: 'ExecutionBlocked' };
    expect(read({ type: 'execution_error', data })).toMatchObject({ terminal: false });
    expect(read({ type: 'execution_error', data: { prompt_id: 'p' } })).toMatchObject({ terminal: true });
  });

  it('with bare NaN are read', () => {
    expect(
      parseEvent('{"type": "execution_error", "data": {"prompt_id": "p", "current_inputs": {"x": [NaN]}}}'),
    ).toBeDefined();
  });

  it.each([
    '',
    'x',
    '{}',
    '[]',
    '{"type": "progress", "data": {"value": "1", "max": 2}}',
    '{"type": "VHS_latentpreview", "data": {}}',
    '{"type": "constructor", "data": {}}',
    '{"type": "status", "data": {}}',
    '{"type": "execution_start", "data": {}}',
  ])('like %s are ignored', (text) => {
    expect(parseEvent(text)).toBeUndefined();
  });

  it('never throw', () => {
    const types = fc.constantFrom('status', 'progress_state', 'executing', 'progress', 'executed');
    fc.assert(
      fc.property(types, fc.jsonValue(), (type, data) => {
        expect([undefined, type]).toContain(read({ type, data })?.type);
      }),
    );
  });
});

function frame(event: number, second: number, ...rest: Uint8Array[]): Buffer {
  const head = Buffer.alloc(8);
  head.writeUInt32BE(event, 0);
  head.writeUInt32BE(second, 4);
  return Buffer.concat([head, ...rest]);
}

const jpeg = Buffer.from([0xff, 0xd8, 0xff, 0xe0, 1, 2]);

describe('binary frames', () => {
  it('of event 1 are previews', () => {
    expect(decodeBinaryEvent(frame(1, 1, jpeg))).toEqual({
      type: 'preview',
      mimeType: 'image/jpeg',
      image: jpeg,
    });
    expect(decodeBinaryEvent(frame(1, 2, Buffer.from('png')))).toMatchObject({ mimeType: 'image/png' });
  });

  it('of VideoHelperSuite have a header of their own', () => {
    const decoded = decodeBinaryEvent(frame(1, 1, Buffer.alloc(24), jpeg));
    expect(decoded).toEqual({ type: 'preview', mimeType: 'image/jpeg', image: jpeg });
  });

  it('of event 3 are texts', () => {
    expect(decodeBinaryEvent(frame(3, 2, Buffer.from('12später')))).toEqual({
      type: 'text',
      nodeId: '12',
      text: 'später',
    });
  });

  it('of event 4 name their prompt', () => {
    const metadata = Buffer.from(
      JSON.stringify({
        node_id: '1.2',
        prompt_id: 'p',
        display_node_id: '1',
        real_node_id: '1',
        image_type: 'image/png',
      }),
    );
    expect(decodeBinaryEvent(frame(4, metadata.length, metadata, jpeg))).toEqual({
      type: 'preview',
      mimeType: 'image/png',
      image: jpeg,
      metadata: { promptId: 'p', nodeId: '1.2', displayNodeId: '1', realNodeId: '1' },
    });
  });

  it('of any other shape are ignored, and none throws', () => {
    expect(decodeBinaryEvent(frame(4, 4_000_000_000, jpeg))).toBeUndefined();
    expect(decodeBinaryEvent(frame(3, 9, jpeg))).toBeUndefined();
    expect(decodeBinaryEvent(frame(1, 1, Buffer.from('no jpeg')))).toBeUndefined();
    expect(decodeBinaryEvent(new Uint8Array(3))).toBeUndefined();
    fc.assert(
      fc.property(fc.uint8Array(), fc.nat(5), (bytes, event) => {
        decodeBinaryEvent(Buffer.concat([Buffer.from([0, 0, 0, event]), bytes]));
      }),
    );
  });
});
