/** Pictures in terminals that can show them: Kitty's protocol (PNG), iTerm2's (any kind). Asked of the environment, never guessed. */
import { openPicture } from '../../../platform/pictures/index.js';

export type PictureProtocol = 'kitty' | 'iterm' | null;

/** The height in lines that a preview takes. */
export const pictureRows = 12;
const pixelsMax = 64_000_000;

export function protocolOf(env: Record<string, string | undefined>, isTerminal: boolean): PictureProtocol {
  if (!isTerminal || env['TMUX'] || env['STY']) return null;
  const { TERM = '', TERM_PROGRAM = '', LC_TERMINAL = '' } = env;
  if (env['KITTY_WINDOW_ID'] || TERM === 'xterm-kitty' || TERM_PROGRAM === 'ghostty') return 'kitty';
  return [TERM_PROGRAM, LC_TERMINAL].some((name) => /^(iTerm|iTerm2|iTerm\.app|WezTerm)$/.test(name))
    ? 'iterm'
    : null;
}

/** The bytes are encoded; nothing in them reaches the terminal as it is. `png` for Kitty. */
export function escapeOf(protocol: Exclude<PictureProtocol, null>, image: Buffer): string {
  const base64 = image.toString('base64');
  if (protocol === 'iterm')
    return `\u001b]1337;File=inline=1;preserveAspectRatio=1;height=${pictureRows};size=${image.length}:${base64}\u0007\n`;
  const chunks = base64.match(/.{1,4096}/g) ?? [];
  return `${chunks
    .map((chunk, at) => {
      const more = at + 1 < chunks.length ? 1 : 0;
      return `\u001b_G${at === 0 ? `a=T,f=100,q=2,r=${pictureRows},` : ''}m=${more};${chunk}\u001b\\`;
    })
    .join('')}\n`;
}

/** Kitty takes PNG alone. */
export async function asShown(protocol: Exclude<PictureProtocol, null>, image: Buffer): Promise<Buffer> {
  if (protocol === 'iterm') return image;
  const picture = await openPicture(image, pixelsMax);
  return picture.png().toBuffer();
}
