/** Light or dark: as the machine has it, until somebody chooses. */
const key = 'comfymux-theme';
const machine = window.matchMedia('(prefers-color-scheme: dark)');

const chosen = (): string | null => {
  try {
    return localStorage.getItem(key);
  } catch {
    // A browser that keeps nothing for us.
    return null;
  }
};

const isDark = (): boolean => (chosen() ?? (machine.matches ? 'dark' : 'light')) === 'dark';

export function applyTheme(): void {
  document.documentElement.dataset.theme = isDark() ? 'dark' : 'light';
}

export function switchTheme(): void {
  const next = isDark() ? 'light' : 'dark';
  try {
    localStorage.setItem(key, next);
  } catch {
    // It lasts as long as the page.
  }
  document.documentElement.dataset.theme = next;
}

machine.addEventListener('change', applyTheme);
