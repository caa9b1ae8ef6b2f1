import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { freeName } from './upload-routes.js';

const folder = mkdtempSync(path.join(tmpdir(), 'comfymux-names-'));
afterAll(() => rmSync(folder, { recursive: true }));

describe('the name of an upload', () => {
  it('is kept when free, reused for equal bytes, and counted on for others', () => {
    const save = (text: string): { name: string; isDuplicate: boolean } => {
      const given = freeName(folder, 'a.png', Buffer.from(text));
      writeFileSync(path.join(folder, given.name), text);
      return given;
    };
    expect(['one', 'two', 'three', 'two', 'one'].map(save)).toEqual([
      { name: 'a.png', isDuplicate: false },
      { name: 'a (1).png', isDuplicate: false },
      { name: 'a (2).png', isDuplicate: false },
      { name: 'a (1).png', isDuplicate: true },
      { name: 'a.png', isDuplicate: true },
    ]);
  });
});
