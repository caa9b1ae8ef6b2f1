/** Dialogs are the browser's own: it keeps the focus inside, closes on Escape and makes the rest inert, with no style of ours injected. */
import {
  createContext,
  type ReactNode,
  useCallback,
  useContext,
  useEffect,
  useMemo,
  useRef,
  useState,
} from 'react';
import { Button } from './parts';

export function Dialog({
  title,
  children,
  onClose,
  wide = false,
}: {
  title: string;
  children: ReactNode;
  onClose: () => void;
  wide?: boolean;
}) {
  const ref = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const dialog = ref.current;
    dialog?.showModal();
    return () => dialog?.close();
  }, []);
  return (
    <dialog
      ref={ref}
      aria-label={title}
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
      onClick={(event) => event.target === ref.current && onClose()}
      className={`m-auto w-[calc(100vw-2rem)] rounded-2xl border border-line bg-card p-0 text-ink backdrop:bg-black/40 ${wide ? 'max-w-3xl' : 'max-w-lg'}`}
    >
      <div className="p-5">
        <h2 className="mb-3 text-lg font-semibold">{title}</h2>
        {children}
      </div>
    </dialog>
  );
}

export interface Question {
  title: string;
  /** What will happen, and how it is undone. */
  text: ReactNode;
  /** What the button says: the deed itself. */
  deed: string;
  dangerous?: boolean;
}

const ConfirmContext = createContext<(question: Question) => Promise<boolean>>(() => Promise.resolve(false));

/** Resolves to whether the person wants it. */
export const useConfirm = () => useContext(ConfirmContext);

export function ConfirmProvider({ children }: { children: ReactNode }) {
  const [asked, setAsked] = useState<{ question: Question; answer: (yes: boolean) => void }>();
  const confirm = useCallback(
    (question: Question) => new Promise<boolean>((resolve) => setAsked({ question, answer: resolve })),
    [],
  );
  const answer = (yes: boolean): void => {
    asked?.answer(yes);
    setAsked(undefined);
  };
  return (
    <ConfirmContext value={useMemo(() => confirm, [confirm])}>
      {children}
      {asked && (
        <Dialog title={asked.question.title} onClose={() => answer(false)}>
          <div className="text-sm text-soft">{asked.question.text}</div>
          <div className="mt-5 flex justify-end gap-2">
            <Button onClick={() => answer(false)}>Leave it</Button>
            <Button
              look={asked.question.dangerous ? 'danger' : 'main'}
              autoFocus
              onClick={() => answer(true)}
            >
              {asked.question.deed}
            </Button>
          </div>
        </Dialog>
      )}
    </ConfirmContext>
  );
}
