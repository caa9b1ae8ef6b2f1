/** `/` searches, `g` and a letter goes to a page, `?` tells the keys. Nothing of it while somebody types. */
import { useNavigate } from '@tanstack/react-router';
import { useEffect } from 'react';
import { places } from './places';

/** The second key must come by then. */
const chordMs = 1200;

const isTyping = ({ target }: KeyboardEvent): boolean =>
  target instanceof HTMLElement &&
  (target.isContentEditable || ['INPUT', 'TEXTAREA', 'SELECT'].includes(target.tagName));

export function useShortcuts({ search, help }: { search: () => void; help: () => void }): void {
  const navigate = useNavigate();
  useEffect(() => {
    let wentAtMs = -Infinity;
    const onKey = (event: KeyboardEvent): void => {
      if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event)) return;
      if (document.querySelector('dialog[open]')) return;
      const isSecond = event.timeStamp - wentAtMs < chordMs;
      const place = isSecond ? places.find(({ key }) => key === event.key) : undefined;
      wentAtMs = event.key === 'g' && !isSecond ? event.timeStamp : -Infinity;
      if (place) void navigate({ to: place.to });
      else if (event.key === '/') search();
      else if (event.key === '?') help();
      else return;
      event.preventDefault();
    };
    window.addEventListener('keydown', onKey);
    return () => window.removeEventListener('keydown', onKey);
  }, [navigate, search, help]);
}
