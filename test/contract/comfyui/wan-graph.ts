import { readRecording } from './recordings.js';

type Node = { class_type: string; inputs: Record<string, unknown>; _meta?: { title: string } };
export type Graph = Record<string, Node>;

export interface WanChoices {
  image?: string;
  seed?: number;
  length?: number;
  frameRate?: number;
  text?: string;
  negative?: string;
  prefix?: string;
}

/** The recorded image-to-video graph with other values. */
export function wanGraph(choices: WanChoices = {}): Graph {
  const { prompt } = JSON.parse(readRecording('run-success').requestText) as { prompt: Graph };
  const set = (id: string, name: string, value: unknown): void => {
    if (value !== undefined) (prompt[id] as Node).inputs[name] = value;
  };
  set('62', 'image', choices.image);
  set('57', 'noise_seed', choices.seed);
  set('58', 'noise_seed', choices.seed);
  set('63', 'length', choices.length);
  set('76', 'frame_rate', choices.frameRate);
  set('76', 'filename_prefix', choices.prefix);
  set('6', 'text', choices.text);
  set('7', 'text', choices.negative);
  return prompt;
}
