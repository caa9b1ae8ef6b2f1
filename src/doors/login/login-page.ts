/** The page that asks for a key, or sends one to the provider, and tells who has logged in: plain HTML without a script. */
import { createHash } from 'node:crypto';

export interface LoginPage {
  /** Where one goes on afterwards. */
  to: string;
  /** Who has logged in; undefined for nobody. */
  who?: string | undefined;
  /** Why it did not work. */
  complaint?: string | undefined;
  /** What people call the OpenID provider; undefined where nobody logs in by way of one. */
  provider?: string | undefined;
  /** Leads on by itself. */
  goesOn?: boolean;
}

const style = `
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
body { margin: 0; min-height: 100vh; display: grid; place-items: center; background: light-dark(#f4f5f7, #14161a); color: light-dark(#1d2129, #e8eaee); }
main { box-sizing: border-box; width: min(24rem, 100vw); padding: 2rem; border-radius: 0.9rem; background: light-dark(#fff, #1f232a); }
h1 { margin: 0 0 1rem; font-size: 1.4rem; }
label { display: block; margin-bottom: 0.3rem; }
input { box-sizing: border-box; width: 100%; padding: 0.6rem; font: inherit; border: 1px solid light-dark(#747b89, #8a92a1); border-radius: 0.5rem; background: transparent; color: inherit; }
button, .button { box-sizing: border-box; display: block; width: 100%; margin-top: 1rem; padding: 0.65rem; font: inherit; font-weight: 600; text-align: center; text-decoration: none; border: 0; border-radius: 0.5rem; background: #2456c4; color: #fff; cursor: pointer; }
.complaint { margin: 0 0 1rem; padding: 0.6rem 0.8rem; border-radius: 0.5rem; background: light-dark(#fbe3e3, #4a1f22); }
button.second { background: transparent; color: light-dark(#2456c4, #9db8f5); border: 1px solid currentColor; }
hr { margin: 1.5rem 0; border: 0; border-top: 1px solid light-dark(#d5d9e0, #3a404b); }
p { margin: 0 0 1rem; } p:last-child { margin: 1rem 0 0; font-size: 0.9rem; } a { color: light-dark(#2456c4, #9db8f5); } a.button { color: #fff; }
`;

/** Of the page: nothing is loaded, and its form leads here alone. */
export const loginPolicy = [
  "default-src 'none'",
  `style-src 'sha256-${createHash('sha256').update(style).digest('base64')}'`,
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'",
].join('; ');

export function loginPageOf(page: LoginPage): string {
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">${page.goesOn ? headOf(page) : ''}<title>Log in – ComfyMux</title><style>${style}</style></head><body><main><h1>ComfyMux</h1>${bodyOf(page)}</main></body></html>`;
}

/** The address of this page has a code in it, which is spent, but nobody's business. */
const headOf = ({ to }: LoginPage): string =>
  `<meta name="referrer" content="no-referrer"><meta http-equiv="refresh" content="0;url=${escaped(to)}">`;

function bodyOf(page: LoginPage): string {
  if (page.goesOn) return `<p>Logged in.</p>${onwardsTo(page.to)}`;
  const complaint =
    page.complaint === undefined ? '' : `<p class="complaint" role="alert">${escaped(page.complaint)}</p>`;
  return complaint + (page.who === undefined ? askingOf(page) : leavingOf(page.who, page.to));
}

const askingOf = ({ to, provider }: LoginPage): string =>
  (provider === undefined ? '' : providerOf(provider, to)) + formOf(to, provider === undefined);

const providerOf = (name: string, to: string): string =>
  `<p><a class="button" href="/login/provider?to=${encodeURIComponent(to)}">Log in with ${escaped(name)}</a></p><hr>`;

const formOf = (to: string, isAlone: boolean): string =>
  `<form method="post" action="/login"><input type="hidden" name="to" value="${escaped(to)}"><label for="key">Key</label><input id="key" name="key" type="password" autocomplete="current-password" required${isAlone ? ' autofocus' : ''} placeholder="cmx_…"><button${isAlone ? '' : ' class="second"'}>Log in${isAlone ? '' : ' with a key'}</button></form><p>An operator makes keys with <code>npm run key</code>.</p>`;

const onwardsTo = (to: string): string => `<p><a class="button" href="${escaped(to)}">Go on</a></p>`;

const leavingOf = (who: string, to: string): string =>
  `<p>Logged in as <strong>${escaped(who)}</strong>.</p>${onwardsTo(to)}<form method="post" action="/login/out"><button>Log out</button></form>`;

const entities: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};
const escaped = (text: string): string => text.replaceAll(/[&<>"']/g, (letter) => entities[letter] ?? '');
