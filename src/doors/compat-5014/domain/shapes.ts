/** The original's bodies, and how a job becomes one. */
import { z } from 'zod';

export const serviceBody = {
  service: 'ComfyUI Wan2.2 I2V 14B API',
  version: '1.0.0',
  model: 'Wan2.2-I2V-A14B-4steps',
  endpoints: {
    upload_and_generate: '/api/upload_and_generate',
    generate_with_filename: '/api/generate',
    status: '/api/status/{prompt_id}',
    enhance_prompt: '/api/enhance_prompt',
    health: '/health',
  },
};

export const submittedSchema = z.object({
  prompt_id: z.string(),
  status: z.literal('submitted'),
  message: z.string(),
});

const videoSchema = z.object({
  filename: z.string(),
  subfolder: z.string(),
  type: z.string(),
  format: z.string().describe('The container: mp4, webm, …'),
  url: z.string().describe('Absolute; answers range requests.'),
});

export const statusSchema = z.object({
  prompt_id: z.string(),
  status: z.enum(['pending', 'running', 'completed', 'failed', 'unknown']),
  progress: z.number().nullable().describe('0–100 while it runs.'),
  videos: z.array(videoSchema).nullable(),
  error: z.string().nullable(),
});

export const finishedSchema = z.object({
  prompt_id: z.string(),
  status: z.literal('completed'),
  videos: z.array(videoSchema),
  message: z.string(),
});

export const healthSchema = z.object({
  status: z.enum(['healthy', 'unhealthy']),
  comfyui_status: z.enum(['connected', 'disconnected']),
  error: z.string().optional(),
});

export const parametersSchema = z.object({
  prompt: z.string().min(1).describe('Positive prompt, any language.'),
  width: z.int().min(512).max(1920).default(1280).describe('The frame keeps the proportions of the image.'),
  height: z.int().min(512).max(1920).default(720),
  length: z.int().min(16).max(240).default(81).describe('Frames.'),
  steps: z.int().min(1).max(20).default(4),
  cfg: z.number().min(0.5).max(10).default(1),
  fps: z.int().min(8).max(60).default(16),
  noise_seed: z.int().min(0).optional().describe('Drawn at random when absent.'),
});

export type SubmittedBody = z.infer<typeof submittedSchema>;
export type VideoBody = z.infer<typeof videoSchema>;
export type StatusBody = z.infer<typeof statusSchema>;
export type FinishedBody = z.infer<typeof finishedSchema>;
export type HealthBody = z.infer<typeof healthSchema>;

/** What this door reads of a job. */
export interface CompatJob {
  id: string;
  state: 'queued' | 'delayed' | 'active' | 'succeeded' | 'failed' | 'cancelled' | 'expired';
  /** Its prompt has begun at a node. */
  started: boolean;
  progress: number | null;
  error: { message: string } | null;
  outputs: readonly CompatOutput[];
}

export interface CompatOutput {
  filename: string;
  subfolder: string;
  type: string;
  format: string;
  isVideo: boolean;
}

export function submittedBody(jobId: string): SubmittedBody {
  return {
    prompt_id: jobId,
    status: 'submitted',
    message: 'Wan2.2 图生视频任务已提交，请使用 prompt_id 查询生成状态',
  };
}

/** `job` is null for an id nobody knows. */
export function statusBody<Output extends CompatOutput>(
  promptId: string,
  job: (CompatJob & { outputs: readonly Output[] }) | null,
  urlOf: (output: Output) => string,
): StatusBody {
  const body: StatusBody = {
    prompt_id: promptId,
    status: 'unknown',
    progress: null,
    videos: null,
    error: null,
  };
  switch (job?.state) {
    case undefined:
      return body;
    case 'queued':
    case 'delayed':
      return { ...body, status: 'pending' };
    case 'active':
      return job.started
        ? { ...body, status: 'running', progress: job.progress ?? 0 }
        : { ...body, status: 'pending' };
    case 'succeeded':
      return { ...body, status: 'completed', videos: videosOf(job.outputs, urlOf) };
    case 'failed':
    case 'cancelled':
    case 'expired':
      return { ...body, status: 'failed', error: reasonOf(job) };
  }
}

export function finishedBody<Output extends CompatOutput>(
  promptId: string,
  outputs: readonly Output[],
  urlOf: (output: Output) => string,
): FinishedBody {
  return {
    prompt_id: promptId,
    status: 'completed',
    videos: videosOf(outputs, urlOf),
    message: '视频生成完成',
  };
}

export function failedText(job: Pick<CompatJob, 'state' | 'error'>): string {
  return `视频生成失败: ${reasonOf(job)}`;
}

export function timeoutText(timeoutSeconds: number): string {
  return `视频生成超时（${timeoutSeconds}秒），请使用异步接口或增加超时时间`;
}

function videosOf<Output extends CompatOutput>(
  outputs: readonly Output[],
  urlOf: (output: Output) => string,
): VideoBody[] {
  return outputs
    .filter(({ isVideo }) => isVideo)
    .map((output) => ({
      filename: output.filename,
      subfolder: output.subfolder,
      type: output.type,
      format: output.format,
      url: urlOf(output),
    }));
}

function reasonOf({ state, error }: Pick<CompatJob, 'state' | 'error'>): string {
  if (error !== null && error.message !== '') return error.message;
  if (state === 'cancelled') return 'the job was cancelled';
  return state === 'expired' ? 'the job was not started before its deadline' : 'the run failed';
}
