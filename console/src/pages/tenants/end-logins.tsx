/** Ends what browsers were let in for: the logins that began with a key, or all of somebody. Keys go on. */
import { useQuery } from '@tanstack/react-query';
import { useId, useState } from 'react';
import { tell } from '../../api/ask';
import { principalsQuery } from '../../api/keys';
import { useConfirm } from '../../ui/dialog';
import { FormDialog, InputField } from '../../ui/form';
import { Button } from '../../ui/parts';
import { useDeed } from '../../ui/toasts';
import { count } from '../../ui/words';

const endedOf = (whose: string, ended: number): string =>
  ended === 0
    ? `${whose} had no login.`
    : `${count(ended, 'login')} of ${whose} ended: every replica obeys within two seconds.`;

export function EndLoginsOfKey({ id, name }: { id: string; name: string }) {
  const confirm = useConfirm();
  const end = useDeed(
    async () => tell('delete', '/v1/keys/{id}/logins', { names: { id } }),
    (_nothing, { ended }) => ({ text: endedOf(id, ended) }),
  );
  const want = async (): Promise<void> => {
    const yes = await confirm({
      title: `End the logins of ${id}?`,
      text: `Browsers that logged in with this key (${name}) are logged out within two seconds, with their open connections and tokens. The key goes on: whoever has it may log in anew.`,
      deed: 'End the logins',
      dangerous: true,
    });
    if (yes) end.mutate();
  };
  return (
    <Button aria-label={`End logins of ${id}`} disabled={end.isPending} onClick={() => void want()}>
      End logins
    </Button>
  );
}

/** Of anybody, by all keys; people of an OpenID provider have none. */
export function EndLoginsOfSomebody({ onClose }: { onClose: () => void }) {
  const principals = useQuery(principalsQuery);
  const list = useId();
  const [id, setId] = useState('');
  const end = useDeed(
    async () => tell('delete', '/v1/principals/{id}/logins', { names: { id } }),
    (_nothing, { ended }) => ({ text: endedOf(id, ended) }),
    onClose,
  );
  return (
    <FormDialog
      title="End all logins of somebody"
      deed={end}
      button="End the logins"
      onSubmit={() => end.mutate()}
      onClose={onClose}
    >
      <p className="text-sm text-soft">
        Every browser in which they are logged in is logged out within two seconds, with its open connections
        and tokens. Their keys go on: whoever may still log in may do it anew.
      </p>
      <InputField
        label="Whose"
        hint="As the keys and the audit name them; people of an OpenID provider are oidc: and their subject"
        required
        autoFocus
        list={list}
        value={id}
        onValue={setId}
      />
      <datalist id={list}>
        {(principals.data ?? []).map((principal) => (
          <option key={principal.id} value={principal.id} />
        ))}
      </datalist>
    </FormDialog>
  );
}
