import { expect, test } from 'vitest';
import { type CompatJob, failedText, statusBody } from './shapes.js';

const job: CompatJob = { id: 'j', state: 'queued', started: false, progress: null, error: null, outputs: [] };
const blank = { prompt_id: 'j', progress: null, videos: null, error: null };
const urlOf = ({ filename }: { filename: string }) => `http://host/${filename}`;
const output = { subfolder: 'wan2.2', type: 'output', format: 'mp4' };

test.each<[string, Partial<CompatJob> | null, object]>([
  ['an id nobody knows', null, { status: 'unknown' }],
  ['a queued job', {}, { status: 'pending' }],
  ['a job to be tried again', { state: 'delayed' }, { status: 'pending' }],
  ['a job on its way to a node', { state: 'active' }, { status: 'pending' }],
  [
    'a running job',
    { state: 'active', started: true, progress: 37.5 },
    { status: 'running', progress: 37.5 },
  ],
  [
    'a running job before its first step',
    { state: 'active', started: true },
    { status: 'running', progress: 0 },
  ],
  ['a job without a video', { state: 'succeeded', progress: 100 }, { status: 'completed', videos: [] }],
  [
    'a failed job',
    { state: 'failed', error: { message: 'CUDA out of memory' } },
    { status: 'failed', error: 'CUDA out of memory' },
  ],
  ['a cancelled job', { state: 'cancelled' }, { status: 'failed', error: 'the job was cancelled' }],
  [
    'a job past its deadline',
    { state: 'expired' },
    { status: 'failed', error: 'the job was not started before its deadline' },
  ],
])('%s has all five keys', (_what, changes, expected) => {
  expect(statusBody('j', changes && { ...job, ...changes }, urlOf)).toEqual({ ...blank, ...expected });
});

test('every video counts, whichever node class wrote it; pictures do not', () => {
  const outputs = [
    { ...output, filename: 'a.mp4', isVideo: true },
    { ...output, filename: 'a.png', format: 'png', isVideo: false },
    { ...output, filename: 'b.webm', format: 'webm', isVideo: true },
  ];
  const { videos } = statusBody('j', { ...job, state: 'succeeded', outputs }, urlOf);
  expect(videos).toEqual([
    { ...output, filename: 'a.mp4', url: 'http://host/a.mp4' },
    { ...output, filename: 'b.webm', format: 'webm', url: 'http://host/b.webm' },
  ]);
});

test('a run that failed without a word still gets one', () => {
  expect(failedText({ state: 'failed', error: { message: '' } })).toBe('视频生成失败: the run failed');
});
