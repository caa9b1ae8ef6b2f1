/** Keys of people and programs: made, renewed and revoked. A key itself is shown once, when it is made. */
import { useQuery } from '@tanstack/react-query';
import { Plus } from 'lucide-react';
import { useState } from 'react';
import { ApiError, tell } from '../../api/ask';
import { keysQuery } from '../../api/keys';
import type { ApiKey, MadeKey } from '../../api/shapes';
import { Code } from '../../ui/copy';
import { Dialog, useConfirm } from '../../ui/dialog';
import { Ago, Badge, Button, Card } from '../../ui/parts';
import { Loaded } from '../../ui/states';
import { Table } from '../../ui/table';
import { useDeed } from '../../ui/toasts';
import { clockTime } from '../../ui/words';
import { EndLoginsOfKey, EndLoginsOfSomebody } from './end-logins';
import { MakeKey } from './make-key';

export function Keys() {
  const keys = useQuery(keysQuery);
  const [making, setMaking] = useState(false);
  const [ending, setEnding] = useState(false);
  const [made, setMade] = useState<MadeKey>();
  // A service without keys.
  if (keys.error instanceof ApiError && keys.error.status === 404) return null;
  return (
    <Card
      title="Keys"
      side={
        <span className="flex flex-wrap gap-2">
          <Button onClick={() => setEnding(true)}>End logins of …</Button>
          <Button onClick={() => setMaking(true)}>
            <Plus size={15} aria-hidden /> Make a key
          </Button>
        </span>
      }
    >
      <Loaded query={keys} lines={2}>
        {(all) =>
          all.length === 0 ? (
            <p className="text-sm text-soft">There is no key yet.</p>
          ) : (
            <Table label="Keys" heads={['Key', 'Whose', 'Tenant', 'Role', 'Used', 'Ends', '']}>
              {all.map((key) => (
                <KeyRow key={key.id} of={key} shown={setMade} />
              ))}
            </Table>
          )
        }
      </Loaded>
      {making && (
        <MakeKey
          onClose={() => setMaking(false)}
          made={(key) => {
            setMaking(false);
            setMade(key);
          }}
        />
      )}
      {ending && <EndLoginsOfSomebody onClose={() => setEnding(false)} />}
      {made && <Shown made={made} onClose={() => setMade(undefined)} />}
    </Card>
  );
}

function KeyRow({ of: key, shown }: { of: ApiKey; shown: (made: MadeKey) => void }) {
  const confirm = useConfirm();
  const revoke = useDeed(
    async () => tell('delete', '/v1/keys/{id}', { names: { id: key.id } }),
    () => ({ text: `${key.id} is revoked: every replica obeys within two seconds.` }),
  );
  const rotate = useDeed(
    async () => tell('post', '/v1/keys/{id}/rotate', { names: { id: key.id }, body: {} }),
    () => ({ text: `${key.id} goes on for a day; its successor is made.` }),
    shown,
  );
  const want = async (): Promise<void> => {
    const yes = await confirm({
      title: `Revoke the key ${key.id}?`,
      text: `Whoever uses it (${key.name}) is shut out within two seconds, open connections included. This cannot be taken back.`,
      deed: 'Revoke the key',
      dangerous: true,
    });
    if (yes) revoke.mutate();
  };
  const isOver =
    key.revoked_at !== null || (key.expires_at !== null && Date.parse(key.expires_at) < Date.now());
  return (
    <tr className="border-t border-line">
      <th scope="row" className="py-2 pr-4 font-mono text-xs font-normal">
        {key.id}
      </th>
      <td className="py-2 pr-4">
        {key.name === key.principal ? key.name : `${key.name} (${key.principal})`}
      </td>
      <td className="py-2 pr-4">{key.tenant}</td>
      <td className="py-2 pr-4">
        <Badge>{key.role}</Badge>
      </td>
      <td className="py-2 pr-4 text-soft">{key.used_at ? <Ago at={key.used_at} /> : 'never'}</td>
      <td className="py-2 pr-4 text-soft">
        {key.revoked_at ? 'revoked' : key.expires_at ? clockTime(key.expires_at) : 'never'}
      </td>
      <td className="py-2 text-right whitespace-nowrap">
        {!isOver && (
          <span className="inline-flex gap-1">
            <EndLoginsOfKey id={key.id} name={key.name} />
            <Button
              aria-label={`Rotate ${key.id}`}
              disabled={rotate.isPending}
              onClick={() => rotate.mutate()}
            >
              Rotate
            </Button>
            <Button
              look="danger"
              aria-label={`Revoke ${key.id}`}
              disabled={revoke.isPending}
              onClick={() => void want()}
            >
              Revoke
            </Button>
          </span>
        )}
      </td>
    </tr>
  );
}

function Shown({ made, onClose }: { made: MadeKey; onClose: () => void }) {
  return (
    <Dialog title="Copy the key now" onClose={onClose}>
      <p className="mb-3 text-sm text-soft">
        It is shown this once; only what it is known by is kept. Programs send it as{' '}
        <code>Authorization: Bearer …</code>.
      </p>
      <Code text={made.key} label="key" />
      <div className="mt-4 flex justify-end">
        <Button look="main" onClick={onClose}>
          I have it
        </Button>
      </div>
    </Dialog>
  );
}
