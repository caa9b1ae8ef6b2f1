import { describe, expect, it } from 'vitest';
import { atOnce } from '../../../modules/comfyui/domain/index.js';
import type { PromptRecord } from './prompt-record.js';
import { RunStory } from './run-story.js';

const event = (attemptId: string, type: string, text = `{"type": "${type}", "data": {}}`) => ({
  attemptId,
  type,
  text,
  data: (JSON.parse(text) as { data: Record<string, unknown> }).data,
});
const record = (state: string): PromptRecord => ({
  jobId: 'job',
  place: 'p',
  clientId: 'c',
  state,
  isRunning: false,
  mayRun: false,
  error: null,
  ticket: 1,
  number: null,
  front: false,
  targets: [],
  workflowId: null,
  createdAtMs: 1,
  startedAtMs: 2,
  finishedAtMs: 3,
  graph: null,
  extraData: null,
  run: null,
});
const ended = (story: RunStory, of: PromptRecord): string[] => atOnce(story.endSteps(of));
const typesOf = (frames: string[]): string[] =>
  frames.map((frame) => (JSON.parse(frame) as { type: string }).type);

describe('RunStory', () => {
  it('reads in steps what a node told, however many messages there are', () => {
    const notes = Array.from({ length: 20_000 }, () => ['note', {}]);
    const run = {
      outputs: '{}',
      messages: JSON.stringify([...notes, ['execution_success', { a: 1 }]]),
      meta: '{}',
    };
    const work = new RunStory('job').endSteps({ ...record('succeeded'), run });
    let steps = 0;
    let step = work.next();
    for (; !step.done; step = work.next()) steps += 1;
    expect(typesOf(step.value)).toEqual(['execution_start', 'execution_success']);
    // It walks over them twice.
    expect(steps).toBeGreaterThan((2 * notes.length) / 128);
  });

  it('holds the end back until the record has it, and tells it once', () => {
    const story = new RunStory('job');
    expect(typesOf(story.hear(event('1', 'execution_start'), 0))).toEqual(['execution_start']);
    expect(story.hear(event('1', 'execution_success'), 0)).toEqual([]);
    expect(story.hear(event('1', 'executing', '{"type": "executing", "data": {"node": null}}'), 0)).toEqual(
      [],
    );
    expect(typesOf(ended(story, record('succeeded')))).toEqual(['execution_success']);
    expect(ended(story, record('succeeded'))).toEqual([]);
    expect(story.hear(event('1', 'progress'), 0)).toEqual([]);
  });

  it('begins a later attempt anew and forgets the end of the first', () => {
    const story = new RunStory('job');
    story.hear(event('1', 'execution_start'), 0);
    story.hear(event('1', 'execution_error'), 0);
    expect(typesOf(story.hear(event('2', 'progress'), 7))).toEqual(['execution_start', 'progress']);
    expect(story.hear(event('1', 'progress'), 0)).toEqual([]);
    expect(typesOf(ended(story, record('succeeded')))).toEqual(['execution_success']);
  });

  it('says that it runs from its start until its node has told an end', () => {
    const story = new RunStory('job');
    const after = (attempt: string, type: string) => (story.hear(event(attempt, type), 0), story.isRunning);
    expect(story.isRunning).toBe(false);
    expect(after('1', 'execution_start')).toBe(true);
    expect(after('1', 'execution_error')).toBe(false);
    expect(after('2', 'execution_start')).toBe(true);
    ended(story, record('succeeded'));
    expect(story.isRunning).toBe(false);
  });

  it('shows previews of the run under way and of no other', () => {
    const story = new RunStory('job');
    const shown = () => ['1', '2'].filter((attempt) => story.shows(attempt));
    expect(shown()).toEqual([]);
    story.hear(event('1', 'execution_start'), 0);
    expect(shown()).toEqual(['1']);
    story.hear(event('2', 'execution_start'), 0);
    expect(shown()).toEqual(['2']);
    story.hear(event('2', 'execution_success'), 0);
    expect(shown()).toEqual([]);
  });

  it('tells a run that nobody heard from the record, and nothing of a prompt that was cancelled before it ran', () => {
    expect(typesOf(ended(new RunStory('job'), record('failed')))).toEqual([
      'execution_start',
      'execution_error',
    ]);
    expect(ended(new RunStory('job'), record('cancelled'))).toEqual([]);
  });
});
