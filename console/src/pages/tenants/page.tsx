import { useQuery } from '@tanstack/react-query';
import { Plus } from 'lucide-react';
import { type InputHTMLAttributes, useState } from 'react';
import { tell } from '../../api/ask';
import { useCancelAll } from '../../api/deeds';
import { useMay } from '../../api/me';
import { tenantsQuery } from '../../api/queries';
import type { Tenant } from '../../api/shapes';
import { useConfirm } from '../../ui/dialog';
import { FormDialog, InputField } from '../../ui/form';
import { Button, Card, PageHead } from '../../ui/parts';
import { Loaded } from '../../ui/states';
import { Table } from '../../ui/table';
import { useDeed } from '../../ui/toasts';
import { bytes } from '../../ui/words';
import { Keys } from './keys';
import { UsedByDay } from './usage';

export function TenantsPage() {
  const tenants = useQuery(tenantsQuery);
  const [edited, setEdited] = useState<Tenant | 'new'>();
  const mayChange = useMay('admin');
  return (
    <>
      <PageHead title="Tenants and keys" sub="Whom jobs are counted for: shares and limits.">
        {mayChange && (
          <Button look="main" onClick={() => setEdited('new')}>
            <Plus size={15} aria-hidden /> Make a tenant
          </Button>
        )}
      </PageHead>
      <Loaded query={tenants}>
        {(all) => <Tenants tenants={all} edit={mayChange ? setEdited : undefined} />}
      </Loaded>
      <div className="mt-4 space-y-4">
        <UsedByDay />
        {mayChange && <Keys />}
      </div>
      {edited && (
        <Editor tenant={edited === 'new' ? undefined : edited} onClose={() => setEdited(undefined)} />
      )}
    </>
  );
}

function Tenants({ tenants, edit }: { tenants: Tenant[]; edit: ((tenant: Tenant) => void) | undefined }) {
  const weights = tenants.reduce((sum, { weight }) => sum + weight, 0);
  return (
    <Card>
      <Table
        label="Tenants"
        heads={[
          'Tenant',
          'Share when all have work',
          'May wait',
          'May run at once',
          'In a day',
          'Keeps',
          'Open streams',
          '',
        ]}
      >
        {tenants.map((tenant) => (
          <tr key={tenant.id} className="border-t border-line">
            <th scope="row" className="py-2 pr-4 font-medium">
              {tenant.id}
            </th>
            <td className="py-2 pr-4 tabular-nums">
              <span className="flex items-center gap-2">
                <span aria-hidden className="h-2 w-24 overflow-hidden rounded-full bg-sunk">
                  <span
                    className="block h-full rounded-full bg-accent"
                    style={{ width: `${(tenant.weight / weights) * 100}%` }}
                  />
                </span>
                {Math.round((tenant.weight / weights) * 100)} % (weight {tenant.weight})
              </span>
            </td>
            <td className="py-2 pr-4 tabular-nums">
              {tenant.max_queued?.toLocaleString() ?? 'as many as fit'}
            </td>
            <td className="py-2 pr-4 tabular-nums">{tenant.max_active?.toLocaleString() ?? 'no limit'}</td>
            <td className="py-2 pr-4 tabular-nums">{dayOf(tenant)}</td>
            <td className="py-2 pr-4 tabular-nums">{keptOf(tenant)}</td>
            <td className="py-2 pr-4 tabular-nums">{streamsOf(tenant)}</td>
            <td className="py-2 text-right whitespace-nowrap">
              <CancelItsJobs tenant={tenant.id} />
              {edit && (
                <Button aria-label={`Change ${tenant.id}`} onClick={() => edit(tenant)}>
                  Change
                </Button>
              )}
            </td>
          </tr>
        ))}
      </Table>
    </Card>
  );
}

/** Offered to who may cancel jobs of all. */
function CancelItsJobs({ tenant }: { tenant: string }) {
  const cancel = useCancelAll();
  const confirm = useConfirm();
  if (!useMay('operator')) return null;
  const ask = async (): Promise<void> => {
    const yes = await confirm({
      title: `Cancel all jobs of ${tenant}?`,
      text: 'What runs is stopped, what waits never runs. This cannot be taken back.',
      deed: 'Cancel all',
      dangerous: true,
    });
    if (yes) cancel.mutate({ tenant });
  };
  return (
    <Button
      look="quiet"
      className="mr-1"
      aria-label={`Cancel its jobs: ${tenant}`}
      disabled={cancel.isPending}
      onClick={() => void ask()}
    >
      Cancel its jobs
    </Button>
  );
}

function dayOf({
  max_jobs_per_day: jobs,
  max_gpu_seconds_per_day: seconds,
  max_uploaded_bytes_per_day: sent,
  uploaded_bytes_today: sentToday,
}: Tenant): string {
  const limits = [
    ...(jobs === null ? [] : [`${jobs.toLocaleString()} jobs`]),
    ...(seconds === null ? [] : [`${seconds.toLocaleString()} GPU seconds`]),
    ...(sent === null ? [] : [`${bytes(sent)} of uploads, ${bytes(sentToday)} so far`]),
  ];
  return limits.join(', ') || 'no limit';
}

function keptOf({ stored_bytes: stored, max_stored_bytes: most, ...tenant }: Tenant): string {
  const { user_data_bytes: kept, max_user_data_bytes: mostKept } = tenant;
  const files = most === null ? bytes(stored) : `${bytes(stored)} of ${bytes(most)}`;
  return mostKept === null ? files : `${files}, ${bytes(kept)} of ${bytes(mostKept)} of the web UI`;
}

function streamsOf({ open_streams: open, max_streams: most }: Tenant): string {
  return most === null ? open.toLocaleString() : `${open.toLocaleString()} of ${most.toLocaleString()}`;
}

const numberOrNull = (text: string): number | null => (text.trim() === '' ? null : Number(text));

interface Limit {
  name: keyof Tenant;
  label: string;
  hint: string;
  input: Pick<InputHTMLAttributes<HTMLInputElement>, 'type' | 'min' | 'step' | 'inputMode' | 'pattern'>;
}

const whole = { inputMode: 'numeric', pattern: '[0-9]*' } as const;
const limits: readonly Limit[] = [
  {
    name: 'max_queued',
    label: 'May wait',
    hint: 'Jobs that may wait at one time; empty sets no limit of its own',
    input: whole,
  },
  {
    name: 'max_active',
    label: 'May run at once',
    hint: 'Jobs that may be at nodes at one time; empty sets no limit',
    input: whole,
  },
  {
    name: 'max_jobs_per_day',
    label: 'Jobs a day',
    hint: 'From midnight UTC; empty sets no limit',
    input: whole,
  },
  {
    name: 'max_gpu_seconds_per_day',
    label: 'GPU seconds a day',
    hint: 'From midnight UTC; empty sets no limit',
    input: { type: 'number', min: 0, step: 'any' },
  },
  {
    name: 'max_stored_bytes',
    label: 'Bytes kept',
    hint: 'Of uploads and results, each content once; empty sets no limit',
    input: whole,
  },
  {
    name: 'max_uploaded_bytes_per_day',
    label: 'Bytes uploaded a day',
    hint: 'From midnight UTC; empty sets no limit',
    input: whole,
  },
  {
    name: 'max_streams',
    label: 'Open streams',
    hint: 'WebSockets and event streams at one time; empty sets no limit',
    input: whole,
  },
  {
    name: 'max_user_data_bytes',
    label: 'Bytes of the web UI',
    hint: 'Of the settings and files that it keeps; empty sets no limit',
    input: whole,
  },
];

function Editor({ tenant, onClose }: { tenant: Tenant | undefined; onClose: () => void }) {
  const [id, setId] = useState(tenant?.id ?? '');
  const [weight, setWeight] = useState(String(tenant?.weight ?? 1));
  const [given, setGiven] = useState<Record<string, string>>(() =>
    Object.fromEntries(limits.map(({ name }) => [name, String(tenant?.[name] ?? '')])),
  );
  const put = useDeed(
    async () =>
      tell('put', '/v1/tenants/{id}', {
        names: { id },
        body: {
          weight: Number(weight),
          ...Object.fromEntries(limits.map(({ name }) => [name, numberOrNull(given[name] ?? '')])),
        },
      }),
    () => ({ text: tenant ? `${id} is changed.` : `${id} is made.` }),
  );
  return (
    <FormDialog
      title={tenant ? `Change ${tenant.id}` : 'Make a tenant'}
      deed={put}
      button={tenant ? 'Save' : 'Make the tenant'}
      onSubmit={() => put.mutate(undefined, { onSuccess: onClose })}
      onClose={onClose}
    >
      {!tenant && (
        <InputField
          label="Name"
          hint="Letters, digits and . _ : -"
          required
          autoFocus
          value={id}
          onValue={setId}
        />
      )}
      <InputField
        label="Weight"
        hint="2 gets twice as much as 1 when both have work"
        type="number"
        min={0.001}
        max={1000}
        step="any"
        required
        value={weight}
        onValue={setWeight}
      />
      {limits.map(({ name, label, hint, input }) => (
        <InputField
          key={name}
          label={label}
          hint={hint}
          {...input}
          value={given[name] ?? ''}
          onValue={(text) => setGiven((all) => ({ ...all, [name]: text }))}
        />
      ))}
    </FormDialog>
  );
}
