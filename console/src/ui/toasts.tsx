/** The answer to what somebody did, with the way back where there is one. */
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { createContext, type ReactNode, useCallback, useContext, useRef, useState } from 'react';
import { ApiError } from '../api/ask';
import { Button } from './parts';
import { wordsOf } from './states';

interface Toast {
  text: string;
  bad?: boolean;
  undo?: (() => void) | undefined;
}

const shownMs = 8000;
const ToastContext = createContext<(toast: Toast) => void>(() => undefined);
export const useToast = () => useContext(ToastContext);

export function ToastProvider({ children }: { children: ReactNode }) {
  const [toasts, setToasts] = useState<(Toast & { id: number })[]>([]);
  const last = useRef(0);
  const remove = useCallback((id: number) => setToasts((all) => all.filter((toast) => toast.id !== id)), []);
  const show = useCallback(
    (toast: Toast) => {
      last.current += 1;
      const id = last.current;
      setToasts((all) => [...all.slice(-3), { ...toast, id }]);
      setTimeout(() => remove(id), shownMs);
    },
    [remove],
  );
  return (
    <ToastContext value={show}>
      {children}
      <div
        role="status"
        aria-live="polite"
        className="fixed right-4 bottom-20 z-50 flex w-80 max-w-[calc(100vw-2rem)] flex-col gap-2 md:bottom-4"
      >
        {toasts.map(({ id, text, bad, undo }) => (
          <div
            key={id}
            className={`card flex items-center justify-between gap-3 p-3 text-sm shadow-lg ${bad ? 'text-bad' : ''}`}
          >
            <span className="min-w-0 break-words">{text}</span>
            <span className="flex shrink-0 gap-1">
              {undo && (
                <Button
                  onClick={() => {
                    undo();
                    remove(id);
                  }}
                >
                  Undo
                </Button>
              )}
              <Button look="quiet" aria-label="Close" onClick={() => remove(id)}>
                ✕
              </Button>
            </span>
          </div>
        ))}
      </div>
    </ToastContext>
  );
}

/** Does something at the service, says how it went, and reads again what may have changed. `then` comes also when its button has gone. */
export function useDeed<Input = void, Output = unknown>(
  does: (input: Input) => Promise<Output>,
  said: (input: Input, output: Output) => { text: string; undo?: (() => void) | undefined },
  then?: (output: Output, input: Input) => void,
) {
  const toast = useToast();
  const client = useQueryClient();
  return useMutation({
    mutationFn: does,
    onSuccess: (output, input) => {
      toast(said(input, output));
      then?.(output, input);
    },
    onError: (error) =>
      toast({
        text: [wordsOf(error), ...(error instanceof ApiError ? error.places : [])].join(' — '),
        bad: true,
      }),
    onSettled: () => void client.invalidateQueries(),
  });
}
