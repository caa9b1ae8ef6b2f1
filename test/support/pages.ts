/** The command blocks of the documentation, for tests that run them as they are printed. */
import { readFileSync } from 'node:fs';

export interface CommandBlock {
  /** Of the section that it is in. */
  heading: string;
  text: string;
}

/** Those of a page under `docs/` (`../README.md` is one too), in order. */
export function commandBlocksOf(page: string): CommandBlock[] {
  const text = readFileSync(new URL(`../../docs/${page}`, import.meta.url), 'utf8');
  const blocks: CommandBlock[] = [];
  let heading = '';
  for (const [, title, body] of text.matchAll(/^#+ (.*)$|^ *```(?:sh|bash)\n([\s\S]*?)^ *```$/gm)) {
    if (title !== undefined) heading = title;
    else blocks.push({ heading, text: body ?? '' });
  }
  return blocks;
}

/** The one block of a section that has this in it. */
export function commandBlock(page: string, heading: string, part = ''): string {
  const found = commandBlocksOf(page).filter(
    (block) => block.heading === heading && block.text.includes(part),
  );
  if (found.length !== 1) throw new Error(`${page} has ${found.length} such blocks under "${heading}"`);
  return found[0]!.text;
}
