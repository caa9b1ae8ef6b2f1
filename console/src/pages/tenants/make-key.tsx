import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { tell } from '../../api/ask';
import type { MadeKey } from '../../api/shapes';
import { tenantsQuery } from '../../api/queries';
import { Field, FormDialog, InputField } from '../../ui/form';
import { useDeed } from '../../ui/toasts';

const roleWords = {
  read: 'reads its tenant’s jobs and results',
  submit: 'also submits, cancels and uploads',
  operator: 'also sees and drains nodes, publishes workflows, cancels jobs of all',
  admin: 'everything',
  metrics: 'metrics and scaling alone',
};

export function MakeKey({ onClose, made }: { onClose: () => void; made: (key: MadeKey) => void }) {
  const tenants = useQuery(tenantsQuery);
  const [principal, setPrincipal] = useState('');
  const [tenant, setTenant] = useState('default');
  const [role, setRole] = useState<keyof typeof roleWords>('submit');
  const [days, setDays] = useState('');
  const make = useDeed(
    async () =>
      tell('post', '/v1/keys', {
        body: {
          principal,
          tenant,
          role,
          expires_at: days === '' ? null : new Date(Date.now() + Number(days) * 86_400_000).toISOString(),
        },
      }),
    () => ({ text: `The key of ${principal} is made.` }),
    made,
  );
  return (
    <FormDialog
      title="Make a key"
      deed={make}
      button="Make the key"
      onSubmit={() => make.mutate()}
      onClose={onClose}
    >
      <InputField
        label="Whose"
        hint="A person, a team or a program; letters, digits and . _ : -"
        required
        autoFocus
        value={principal}
        onValue={setPrincipal}
      />
      <Field label="Tenant" hint="Whom its jobs are counted for">
        <select
          className="field mt-1 w-full"
          value={tenant}
          onChange={({ target }) => setTenant(target.value)}
        >
          {(tenants.data ?? [{ id: 'default' }]).map(({ id }) => (
            <option key={id}>{id}</option>
          ))}
        </select>
      </Field>
      <Field label="Role" hint={roleWords[role]}>
        <select
          className="field mt-1 w-full"
          value={role}
          onChange={({ target }) => setRole(target.value as keyof typeof roleWords)}
        >
          {Object.keys(roleWords).map((name) => (
            <option key={name}>{name}</option>
          ))}
        </select>
      </Field>
      <InputField
        label="Days"
        hint="After which it ends; empty for never"
        type="number"
        min={1}
        max={3650}
        value={days}
        onValue={setDays}
      />
    </FormDialog>
  );
}
