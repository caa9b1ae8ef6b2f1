import { Check, Copy } from 'lucide-react';
import { useState } from 'react';
import { Button } from './parts';

/** Pages that are not on https or localhost have no clipboard, so there is the old way too. */
async function copy(text: string): Promise<void> {
  if (navigator.clipboard !== undefined) return navigator.clipboard.writeText(text);
  const area = document.createElement('textarea');
  area.value = text;
  document.body.append(area);
  area.select();
  document.execCommand('copy');
  area.remove();
}

export function CopyButton({
  text,
  label = 'Copy',
  showLabel = false,
}: {
  text: string;
  label?: string;
  showLabel?: boolean;
}) {
  const [done, setDone] = useState(false);
  const copyIt = async (): Promise<void> => {
    await copy(text);
    setDone(true);
    setTimeout(() => setDone(false), 1500);
  };
  return (
    <Button
      look={showLabel ? 'plain' : 'quiet'}
      className={showLabel ? '' : 'min-h-7 px-1.5 py-1'}
      aria-label={label}
      title={label}
      onClick={() => void copyIt()}
    >
      {done ? <Check size={14} aria-hidden /> : <Copy size={14} aria-hidden />}
      {showLabel && (done ? 'Copied' : label)}
    </Button>
  );
}

export function Code({ text, label }: { text: string; label: string }) {
  return (
    <div className="relative">
      <pre
        tabIndex={0}
        aria-label={label}
        className="max-h-96 overflow-auto rounded-lg bg-sunk p-3 pr-10 font-mono text-xs whitespace-pre"
      >
        {text}
      </pre>
      <div className="absolute top-1 right-1">
        <CopyButton text={text} label={`Copy ${label}`} />
      </div>
    </div>
  );
}
