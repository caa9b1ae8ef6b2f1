/** A version of a workflow is its content: the same manifest and graph are the same version everywhere. */
import { createHash } from 'node:crypto';
import { stringifyJson } from '../../comfyui/domain/index.js';
import type { WorkflowDefinition } from './definition.js';

export interface WorkflowText {
  /** SHA-256 of the text. */
  hash: string;
  /** `{"manifest": …, "graph": …}`, every number with its digits. */
  text: string;
}

export function textOfWorkflow({
  manifest,
  graph,
}: Pick<WorkflowDefinition, 'manifest' | 'graph'>): WorkflowText {
  const text = stringifyJson({ manifest, graph });
  return { hash: createHash('sha256').update(text).digest('hex'), text };
}

/** `name`, `name@channel` or `name@` with the first seven or more digits of a version. */
export interface WorkflowReference {
  name: string;
  /** `latest` unless told. */
  version: string;
}

export function readReference(reference: string): WorkflowReference {
  const at = reference.lastIndexOf('@');
  return at <= 0
    ? { name: reference, version: 'latest' }
    : { name: reference.slice(0, at), version: reference.slice(at + 1) };
}

export const isHashPrefix = (version: string): boolean => /^[0-9a-f]{7,64}$/.test(version);
export const isChannelName = (channel: string): boolean =>
  /^[a-z][a-z0-9_-]{0,31}$/.test(channel) && !isHashPrefix(channel);
