/** What narrows a list. */
import type { ReactNode } from 'react';

export const Filters = ({ children }: { children: ReactNode }) => (
  <div role="search" aria-label="Filters" className="mb-3 flex flex-wrap items-center gap-2">
    {children}
  </div>
);

/** Taken when it is left or Enter is pressed: not each letter is a question. */
export function TextFilter({
  label,
  hint = label,
  value = '',
  pattern,
  pick,
}: {
  label: string;
  hint?: string;
  value?: string | undefined;
  pattern?: string;
  pick: (value: string) => void;
}) {
  const take = (input: HTMLInputElement): void => {
    if (input.value !== value && input.reportValidity()) pick(input.value.trim());
  };
  return (
    <input
      key={value}
      aria-label={label}
      placeholder={hint}
      pattern={pattern}
      className="field w-36 text-sm"
      defaultValue={value}
      onBlur={({ currentTarget }) => take(currentTarget)}
      onKeyDown={({ key, currentTarget }) => {
        if (key === 'Enter') take(currentTarget);
      }}
    />
  );
}

export function ChoiceFilter({
  label,
  value = '',
  all,
  choices,
  words = {},
  pick,
}: {
  label: string;
  value?: string | undefined;
  all: string;
  choices: readonly string[];
  words?: Record<string, string>;
  pick: (value: string) => void;
}) {
  const known = value === '' || choices.includes(value) ? choices : [...choices, value];
  return (
    <select
      aria-label={label}
      className="field max-w-44 text-sm"
      value={value}
      onChange={(event) => pick(event.target.value)}
    >
      <option value="">{all}</option>
      {known.map((choice) => (
        <option key={choice} value={choice}>
          {words[choice] ?? (choice === 'active' ? 'running' : choice)}
        </option>
      ))}
    </select>
  );
}
