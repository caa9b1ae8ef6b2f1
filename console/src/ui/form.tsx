/** What forms are made of. */
import type { InputHTMLAttributes, ReactNode } from 'react';
import { Dialog } from './dialog';
import { Button } from './parts';
import { ErrorBox } from './states';

export function Field({ label, hint, children }: { label: string; hint: string; children: ReactNode }) {
  return (
    <label className="block text-sm font-medium">
      <span className="block">{label}</span>
      {children}
      <span className="mt-1 block text-xs font-normal text-soft">{hint}</span>
    </label>
  );
}

/** A field of one line; `width` is a class. */
export function InputField({
  label,
  hint,
  width = 'w-full',
  onValue,
  ...input
}: { label: string; hint: string; width?: string; onValue: (value: string) => void } & Omit<
  InputHTMLAttributes<HTMLInputElement>,
  'onChange' | 'className' | 'width'
>) {
  return (
    <Field label={label} hint={hint}>
      <input className={`field mt-1 ${width}`} onChange={({ target }) => onValue(target.value)} {...input} />
    </Field>
  );
}

/** A form that does one deed, and stays with what was written in it when the deed fails. */
export function FormDialog({
  title,
  deed,
  button,
  onSubmit,
  onClose,
  children,
}: {
  title: string;
  deed: { isPending: boolean; isError: boolean; error: Error | null };
  /** What the button says: the deed itself. */
  button: string;
  onSubmit: () => void;
  onClose: () => void;
  children: ReactNode;
}) {
  return (
    <Dialog title={title} onClose={onClose}>
      <form
        className="space-y-3"
        onSubmit={(event) => {
          event.preventDefault();
          onSubmit();
        }}
      >
        {children}
        {deed.isError && <ErrorBox error={deed.error} />}
        <div className="flex justify-end gap-2 pt-2">
          <Button onClick={onClose}>Leave it</Button>
          <Button look="main" type="submit" disabled={deed.isPending}>
            {button}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
