/** deploy/nodes/clean.sh, on folders like those of a ComfyUI server. */
import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, it } from 'vitest';

const script = fileURLToPath(new URL('../../deploy/nodes/clean.sh', import.meta.url));
const hourMs = 3_600_000;
let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'comfymux-clean-'));
  for (const name of ['input', 'output']) mkdirSync(join(folder, name));
});
afterEach(async () => rm(folder, { recursive: true }));

function file(path: string, ageHours: number): string {
  const whole = join(folder, path);
  mkdirSync(dirname(whole), { recursive: true });
  writeFileSync(whole, 'x');
  const at = new Date(Date.now() - ageHours * hourMs);
  utimesSync(whole, at, at);
  return whole;
}

const clean = async (...args: string[]): Promise<{ code: number; err: string }> =>
  new Promise((resolve) => {
    execFile('sh', [script, ...args], (error, _out, err) =>
      resolve({ code: error ? Number(error.code) : 0, err }),
    );
  });

it('removes old inputs that ComfyMux put there, and nothing else', async () => {
  const old = file('input/comfymux/a b\n.png', 49);
  const kept = [
    file('input/comfymux/new.png', 47),
    file('input/mine.png', 900),
    file('output/old.mp4', 900),
    file('outside/precious.png', 900),
  ];
  symlinkSync(join(folder, 'outside'), join(folder, 'input/comfymux/link'));
  expect(await clean(folder)).toEqual({ code: 0, err: '' });
  expect(existsSync(old)).toBe(false);
  expect(kept.filter((path) => !existsSync(path))).toEqual([]);
});

it('removes old results and temporary files when told to', async () => {
  const old = [file('output/comfymux/a.mp4', 3), file('temp/b.png', 3), file('input/comfymux/c.png', 3)];
  const young = file('output/d.mp4', 1);
  expect(await clean(folder, '--older-than', '2', '--outputs')).toEqual({ code: 0, err: '' });
  expect(old.filter((path) => existsSync(path))).toEqual([]);
  expect(existsSync(young)).toBe(true);
});

it.each([
  [[], 'no folders input and output'],
  [['/'], 'no folders input and output'],
  [['FOLDER', '--older-than', '-1'], 'no number of hours'],
  [['FOLDER', '--older-than'], 'needs hours'],
  [['FOLDER', '--older-than', '1; rm x'], 'no number of hours'],
  [['FOLDER', '--all'], 'what is --all?'],
])('refuses %j in a sentence and removes nothing', async (args, sentence) => {
  const old = file('input/comfymux/a.png', 900);
  const { code, err } = await clean(...args.map((arg) => (arg === 'FOLDER' ? folder : arg)));
  expect({ code, err }).toEqual({ code: 2, err: expect.stringContaining(sentence) as unknown });
  expect(existsSync(old)).toBe(true);
});
