export type OutputKind = 'image' | 'video' | 'audio' | 'text' | 'file' | 'latent';

/** By content first, then by the key under which the node told it. */
export function outputKind(contentType: string, key: string): OutputKind {
  const [family] = contentType.split('/');
  if (family === 'image' || family === 'video' || family === 'audio') return family;
  if (key === 'latents') return 'latent';
  return family === 'text' || key === 'text' ? 'text' : 'file';
}
