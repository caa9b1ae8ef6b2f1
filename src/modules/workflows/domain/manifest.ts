/** The shape of `<name>.manifest.json`: what a caller may set in a graph, and what comes out of it. */
import { z } from 'zod';

/** The largest seed ComfyUI's samplers take. */
export const seedMaximum = 2n ** 64n - 1n;

/** Inputs that are files. */
export const mediaTypes = ['image', 'mask', 'video', 'audio', 'file'] as const;
export type MediaType = (typeof mediaTypes)[number];

const target = z.strictObject({ node: z.string().min(1), field: z.string().min(1) });

const common = {
  title: z.string().max(200).optional(),
  description: z.string().max(2_000).optional(),
  /** Defaults to true where there is no default; false leaves the graph's own value in place. */
  required: z.boolean().optional(),
  targets: z.array(target).min(1).max(64),
};

const bounds = { minimum: z.number().optional(), maximum: z.number().optional() };

const input = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('string'),
    ...common,
    minLength: z.int().min(0).optional(),
    maxLength: z.int().min(0).optional(),
    default: z.string().optional(),
  }),
  z.strictObject({ type: z.literal('integer'), ...common, ...bounds, default: z.int().optional() }),
  z.strictObject({ type: z.literal('number'), ...common, ...bounds, default: z.number().optional() }),
  z.strictObject({ type: z.literal('boolean'), ...common, default: z.boolean().optional() }),
  z.strictObject({
    type: z.literal('choice'),
    ...common,
    options: z.array(z.string()).min(1).max(500),
    default: z.string().optional(),
  }),
  z.strictObject({
    type: z.literal('seed'),
    ...common,
    /** Upper end of the seeds drawn when the caller gives none. */
    randomMaximum: z
      .int()
      .min(0)
      .max(2 ** 47)
      .default(2 ** 32 - 1),
  }),
  z.strictObject({ type: z.enum(mediaTypes), ...common }),
]);

const inputName = z.string().min(1).max(64);

/**
 * What the workflow is to clients of OpenAI's API, and which inputs take what they send. A name that is left out is found by its
 * usual spelling.
 */
export const openAiPlace = z.strictObject({
  as: z.enum(['image', 'image-edit', 'video']),
  prompt: inputName.optional(),
  image: inputName.optional(),
  mask: inputName.optional(),
  width: inputName.optional(),
  height: inputName.optional(),
  /** Pictures of one run. */
  count: inputName.optional(),
  /** Length in seconds; without it `frames` is set. */
  seconds: inputName.optional(),
  frames: inputName.optional(),
  fps: inputName.optional(),
  /** Frame rate of a workflow that has no input for it. */
  framesPerSecond: z.number().positive().optional(),
});

const workflowName = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/);

export const workflowManifest = z.strictObject({
  name: workflowName,
  title: z.string().min(1).max(200),
  description: z.string().max(4_000).default(''),
  inputs: z.record(z.string().regex(/^[A-Za-z][A-Za-z0-9_]{0,63}$/), input),
  outputs: z
    .array(
      z.strictObject({
        node: z.string().min(1),
        kind: z.enum(['video', 'image', 'audio', 'text', 'file']),
        title: z.string().max(200).optional(),
      }),
    )
    .min(1)
    .max(64),
  /** Numeric inputs whose product is the work of a run, for the duration estimate. */
  workUnits: z.array(z.string()).max(16).default([]),
  limits: z
    .strictObject({
      maxRunMs: z.int().min(1_000).optional(),
      /** Most of its jobs that may run at once in the whole cluster. */
      maxActive: z.int().min(1).optional(),
    })
    .default({}),
  openai: openAiPlace.optional(),
  /** Needs beyond those the graph shows. */
  requirements: z
    .strictObject({
      nodeClasses: z.array(z.string().min(1)).max(500).optional(),
      choices: z
        .array(
          z.strictObject({
            class: z.string().min(1),
            input: z.string().min(1),
            value: z.union([z.string(), z.number(), z.boolean()]),
          }),
        )
        .max(500)
        .optional(),
      minVramBytes: z.int().min(0).optional(),
      labels: z.record(z.string().min(1).max(63), z.string().max(255)).optional(),
      pool: z.string().min(1).max(63).optional(),
    })
    .optional(),
});

export type WorkflowManifest = z.infer<typeof workflowManifest>;
export type OpenAiPlace = z.infer<typeof openAiPlace>;
export type WorkflowInput = WorkflowManifest['inputs'][string];

/** Whether leaving the input out is a fault of the caller. */
export function isRequired(workflowInput: WorkflowInput): boolean {
  if (workflowInput.type === 'seed') return false;
  return workflowInput.required ?? !('default' in workflowInput && workflowInput.default !== undefined);
}

export const isMedia = ({ type }: WorkflowInput): boolean => (mediaTypes as readonly string[]).includes(type);
