/** The small parts that every page is made of. */
import type { ButtonHTMLAttributes, ReactNode } from 'react';
import { useNow } from './now';
import { clockTime, wholeSpan } from './words';

type Tone = 'plain' | 'good' | 'warn' | 'bad' | 'accent';

const toneClasses: Record<Tone, string> = {
  plain: 'bg-sunk text-soft',
  good: 'bg-good-bg text-good',
  warn: 'bg-warn-bg text-warn',
  bad: 'bg-bad-bg text-bad',
  accent: 'bg-accent-bg text-accent',
};

export function Badge({
  tone = 'plain',
  children,
  title,
}: {
  tone?: Tone;
  children: ReactNode;
  title?: string;
}) {
  return (
    <span
      title={title}
      className={`inline-flex items-center gap-1 rounded-full px-2 py-0.5 text-xs font-medium whitespace-nowrap ${toneClasses[tone]}`}
    >
      {children}
    </span>
  );
}

const jobTones: Record<string, Tone> = {
  queued: 'plain',
  active: 'accent',
  succeeded: 'good',
  failed: 'bad',
  cancelled: 'warn',
  expired: 'warn',
};

export function JobBadge({ state, cancelling = false }: { state: string; cancelling?: boolean }) {
  return (
    <Badge tone={jobTones[state] ?? 'plain'}>
      {cancelling ? 'cancelling' : state === 'active' ? 'running' : state}
    </Badge>
  );
}

interface ButtonProps extends ButtonHTMLAttributes<HTMLButtonElement> {
  look?: 'plain' | 'main' | 'danger' | 'quiet';
}

const lookClasses = {
  plain: 'border border-line bg-card hover:bg-sunk text-ink',
  main: 'bg-accent text-accent-ink hover:opacity-90 border border-transparent',
  danger: 'border border-line bg-card text-bad hover:bg-bad-bg',
  quiet: 'border border-transparent text-soft hover:text-ink hover:bg-sunk',
};

export const buttonClasses = (look: NonNullable<ButtonProps['look']> = 'plain'): string =>
  `inline-flex min-h-9 items-center justify-center gap-1.5 rounded-lg px-3 py-1.5 text-sm font-medium no-underline disabled:opacity-50 ${lookClasses[look]}`;

export function Button({ look = 'plain', className = '', type = 'button', ...rest }: ButtonProps) {
  return <button type={type} className={`${buttonClasses(look)} ${className}`} {...rest} />;
}

export function Card({
  title,
  side,
  children,
  className = '',
}: {
  title?: ReactNode;
  side?: ReactNode;
  children: ReactNode;
  className?: string;
}) {
  return (
    <section className={`card min-w-0 p-4 ${className}`}>
      {(title !== undefined || side !== undefined) && (
        <div className="mb-3 flex flex-wrap items-center justify-between gap-2">
          <h2 className="text-sm font-semibold">{title}</h2>
          {side}
        </div>
      )}
      {children}
    </section>
  );
}

export function PageHead({
  title,
  children,
  sub,
}: {
  title: ReactNode;
  sub?: ReactNode;
  children?: ReactNode;
}) {
  return (
    <header className="mb-4 flex flex-wrap items-center justify-between gap-x-4 gap-y-2">
      <div className="min-w-0">
        <h1 className="text-xl font-semibold tracking-tight break-words">{title}</h1>
        {sub !== undefined && <p className="mt-0.5 text-sm text-soft">{sub}</p>}
      </div>
      {children !== undefined && <div className="flex flex-wrap items-center gap-2">{children}</div>}
    </header>
  );
}

/** "3 min ago", with the full time behind it. */
export function Ago({ at }: { at: string }) {
  const now = useNow();
  const past = now - Date.parse(at);
  return (
    <time dateTime={at} title={clockTime(at)}>
      {past < 2000 ? 'just now' : `${wholeSpan(past)} ago`}
    </time>
  );
}

export function Since({ at }: { at: string }) {
  const now = useNow();
  return <>{wholeSpan(now - Date.parse(at))}</>;
}

/** "in 2 min"; "any moment" when it should have been. */
export function Until({ at }: { at: string }) {
  const now = useNow();
  const left = Date.parse(at) - now;
  return (
    <time dateTime={at} title={clockTime(at)}>
      {left < 1000 ? 'any moment' : wholeSpan(left)}
    </time>
  );
}

export function ProgressBar({ percent, label }: { percent: number | null; label: string }) {
  const known = percent ?? 0;
  return (
    <div
      role="progressbar"
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={Math.round(known)}
      className="h-2 overflow-hidden rounded-full bg-sunk"
    >
      <div
        className={`h-full rounded-full bg-accent transition-[width] duration-500 ${percent === null ? 'animate-pulse' : ''}`}
        style={{ width: `${percent === null ? 8 : Math.max(2, known)}%` }}
      />
    </div>
  );
}

export function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div className="min-w-0">
      <dt className="text-xs text-soft">{name}</dt>
      <dd className="mt-0.5 text-sm break-words">{children}</dd>
    </div>
  );
}

export const Facts = ({ children }: { children: ReactNode }) => (
  <dl className="grid grid-cols-2 gap-x-4 gap-y-3 sm:grid-cols-3 lg:grid-cols-4">{children}</dl>
);
