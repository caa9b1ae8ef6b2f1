/** What the editor does to texts while it serialises: dynamic prompts and tokens of file names. */

/** Longer texts are data, not prompts and not names of files: they stay as they are. */
const maxPromptLength = 100_000;
const maxNameLength = 10_000;

/** Cuts comments and takes one of each `{a|b}`, as the editor does where a class asks for it. Linear in the text. */
export function processDynamicPrompt(text: string, random: () => number): string {
  if (text.length > maxPromptLength) return text;
  return choose(withoutComments(text), random).replace(/\\([{}])/g, '$1');
}

const lineEnd = /[\n\r\u2028\u2029]/g;

function withoutComments(text: string): string {
  const kept: string[] = [];
  let from = 0;
  let isClosed = true;
  for (let at = text.indexOf('/'); at >= 0; at = text.indexOf('/', at)) {
    const end = endOfComment(text, at, isClosed);
    // One search that finds no end stands for all that follow: the cost stays linear.
    if (end === undefined && text[at + 1] === '*') isClosed = false;
    if (end !== undefined) {
      kept.push(text.slice(from, at));
      from = end;
    }
    at = end ?? at + 1;
  }
  kept.push(text.slice(from));
  return kept.join('');
}

function endOfComment(text: string, at: number, mayClose: boolean): number | undefined {
  if (text[at + 1] === '/') {
    lineEnd.lastIndex = at;
    return lineEnd.exec(text)?.index ?? text.length;
  }
  if (text[at + 1] !== '*' || !mayClose) return undefined;
  const end = text.indexOf('*/', at + 2);
  return end < 0 ? undefined : end + 2;
}

interface Group {
  /** Finished alternatives, and the one that is being read. */
  choices: string[];
  text: string;
}

/** With a stack of its own: nesting is as deep as the text is long. */
function choose(text: string, random: () => number): string {
  const open: Group[] = [{ choices: [], text: '' }];
  const close = () => {
    const { choices, text: last } = open.pop()!;
    const all = [...choices, last];
    open.at(-1)!.text += all[Math.min(Math.floor(random() * all.length), all.length - 1)]!;
  };
  for (const piece of text.match(/\\[{}|\\]?|[{}|]|[^\\{}|]+/g) ?? []) {
    const group = open.at(-1)!;
    const inGroup = open.length > 1;
    if (piece === '{') open.push({ choices: [], text: '' });
    else if (piece === '}' && inGroup) close();
    else if (piece === '|' && inGroup) {
      group.choices.push(group.text);
      group.text = '';
    } else group.text += piece;
  }
  while (open.length > 1) close();
  return open[0]!.text;
}

export interface FileNameTokens {
  /** Without it `%date:…%` stays. */
  now?: Date | undefined;
  /** The value of a node's widget by the node's name; undefined leaves the token. */
  widgetValue: (node: string, widget: string) => string | undefined;
}

/** `%date:FORMAT%` and `%Node.widget%` in a file name prefix; every other token is the server's. */
export function replaceFileNameTokens(text: string, { now, widgetValue }: FileNameTokens): string {
  if (text.length > maxNameLength) return text;
  return text.replace(/%([^%]+)%/g, (token, inner: string) => {
    if (inner.startsWith('date:')) return now ? formatDate(inner.slice('date:'.length), now) : token;
    const [node, widget, ...rest] = inner.split('.');
    if (node === undefined || widget === undefined || rest.length > 0) return token;
    // eslint-disable-next-line no-control-regex -- the editor replaces control characters
    return widgetValue(node, widget)?.replace(/[/?<>\\:*|"\x00-\x1F\x7F]/g, '_') ?? token;
  });
}

function formatDate(format: string, now: Date): string {
  const parts: Record<string, number> = {
    d: now.getDate(),
    M: now.getMonth() + 1,
    h: now.getHours(),
    m: now.getMinutes(),
    s: now.getSeconds(),
  };
  return format.replace(/d+|M+|h+|m+|s+|y+/g, (run) =>
    run.startsWith('y')
      ? String(now.getFullYear()).slice(-Math.max(run.length, 2))
      : String(parts[run[0]!]).padStart(run.length, '0'),
  );
}
