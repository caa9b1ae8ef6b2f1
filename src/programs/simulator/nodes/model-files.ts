/** File names per models folder, as `GET /models/{folder}` lists them; always with `/`. */
export type ModelFiles = Readonly<Record<string, readonly string[]>>;

/** What the Wan 2.2 image-to-video workflow needs. */
export const wanModelFiles: ModelFiles = {
  unet_gguf: ['Wan2.2-I2V-A14B-HighNoise-Q8_0.gguf', 'Wan2.2-I2V-A14B-LowNoise-Q8_0.gguf'],
  loras: [
    'Wan2.2-I2V-A14B-4steps-lora-rank64-Seko-V1-high_noise_model.safetensors',
    'Wan2.2-I2V-A14B-4steps-lora-rank64-Seko-V1-low_noise_model.safetensors',
  ],
  text_encoders: ['umt5_xxl_fp8_e4m3fn_scaled.safetensors'],
  vae: ['wan_2.1_vae.safetensors'],
};

/** The folders of the recorded server, in its order. */
export const modelFolders = [
  'checkpoints',
  'configs',
  'loras',
  'vae',
  'text_encoders',
  'diffusion_models',
  'clip_vision',
  'style_models',
  'embeddings',
  'diffusers',
  'vae_approx',
  'controlnet',
  'gligen',
  'upscale_models',
  'latent_upscale_models',
  'custom_nodes',
  'datasets',
  'hypernetworks',
  'photomaker',
  'classifiers',
  'model_patches',
  'audio_encoders',
  'background_removal',
  'frame_interpolation',
  'geometry_estimation',
  'optical_flow',
  'detection',
  'kjnodes_fonts',
  'unet_gguf',
  'clip_gguf',
  'VHS_video_formats',
] as const;

/** Where an input's choices come from: files of these folders, then fixed choices. */
export interface FileChoice {
  readonly folders: readonly string[];
  readonly fixed?: readonly string[];
}

const files = (...folders: string[]): FileChoice => ({ folders });
const clip = ['clip_name', 'clip_name1', 'clip_name2', 'clip_name3', 'clip_name4'];

function ofClasses(
  classes: readonly string[],
  inputs: readonly string[],
  choice: FileChoice,
): [string, FileChoice][] {
  return classes.flatMap((name) => inputs.map((input): [string, FileChoice] => [`${name}.${input}`, choice]));
}

/** `Class.input` → its files, for every input of the recorded classes that lists model files. */
export const fileChoices: ReadonlyMap<string, FileChoice> = new Map([
  ...ofClasses(
    [
      'CheckpointLoaderSimple',
      'CheckpointLoader',
      'unCLIPCheckpointLoader',
      'ImageOnlyCheckpointLoader',
      'CheckpointLoaderKJ',
      'LTXVAudioVAELoader',
      'LTXAVTextEncoderLoader',
      'CreateHookModelAsLora',
      'CreateHookModelAsLoraModelOnly',
    ],
    ['ckpt_name'],
    files('checkpoints'),
  ),
  ...ofClasses(['CheckpointLoader'], ['config_name'], files('configs')),
  ...ofClasses(['UNETLoader'], ['unet_name'], files('diffusion_models')),
  ...ofClasses(
    ['DiffusionModelLoaderKJ', 'DiffusionModelSelector'],
    ['model_name'],
    files('diffusion_models'),
  ),
  ...ofClasses(['UnetLoaderGGUF', 'UnetLoaderGGUFAdvanced'], ['unet_name'], files('unet_gguf')),
  ...ofClasses(['GGUFLoaderKJ'], ['model_name'], files('unet_gguf')),
  ...ofClasses(['GGUFLoaderKJ'], ['extra_model_name'], { folders: ['unet_gguf'], fixed: ['none'] }),
  ...ofClasses(
    ['CLIPLoader', 'DualCLIPLoader', 'TripleCLIPLoader', 'QuadrupleCLIPLoader'],
    clip,
    files('text_encoders'),
  ),
  ...ofClasses(['LTXAVTextEncoderLoader'], ['text_encoder'], files('text_encoders')),
  ...ofClasses(
    ['CLIPLoaderGGUF', 'DualCLIPLoaderGGUF', 'TripleCLIPLoaderGGUF', 'QuadrupleCLIPLoaderGGUF'],
    clip,
    files('text_encoders', 'clip_gguf'),
  ),
  ...ofClasses(['VAELoader', 'VAELoaderKJ'], ['vae_name'], { folders: ['vae'], fixed: ['pixel_space'] }),
  ...ofClasses(
    [
      'LoraLoader',
      'LoraLoaderModelOnly',
      'LoraLoaderBypass',
      'LoraLoaderBypassModelOnly',
      'CreateHookLora',
      'CreateHookLoraModelOnly',
      'DiTBlockLoraLoader',
      'LoraReduceRankKJ',
      'LTX2LoraLoaderAdvanced',
    ],
    ['lora_name'],
    files('loras'),
  ),
  ...ofClasses(['TrainLoraNode'], ['existing_lora'], { folders: ['loras'], fixed: ['[None]'] }),
  ...ofClasses(['ControlNetLoader', 'DiffControlNetLoader'], ['control_net_name'], files('controlnet')),
  ...ofClasses(['CLIPVisionLoader'], ['clip_name'], files('clip_vision')),
  ...ofClasses(['StyleModelLoader'], ['style_model_name'], files('style_models')),
  ...ofClasses(['GLIGENLoader'], ['gligen_name'], files('gligen')),
  ...ofClasses(['UpscaleModelLoader'], ['model_name'], files('upscale_models')),
  ...ofClasses(['LatentUpscaleModelLoader'], ['model_name'], files('latent_upscale_models')),
  ...ofClasses(['HypernetworkLoader'], ['hypernetwork_name'], files('hypernetworks')),
  ...ofClasses(['PhotoMakerLoader'], ['photomaker_model_name'], files('photomaker')),
  ...ofClasses(['ModelPatchLoader'], ['name'], files('model_patches')),
  ...ofClasses(['AudioEncoderLoader'], ['audio_encoder_name'], files('audio_encoders')),
  ...ofClasses(['FrameInterpolationModelLoader'], ['model_name'], files('frame_interpolation')),
  ...ofClasses(['LoadBackgroundRemovalModel'], ['bg_removal_name'], files('background_removal')),
]);

/** The files of one folder, sorted, with the server's separator. */
export function listFolder(models: ModelFiles, folder: string, windows: boolean): string[] {
  const names = [...(models[folder] ?? [])].toSorted();
  return windows ? names.map((name) => name.replaceAll('/', '\\')) : names;
}
