/** Who changed nodes, workflows, tenants and keys, or cancelled others' jobs: the newest first. */
import { useInfiniteQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { type AuditKind, auditKinds, auditQuery } from '../../api/audit';
import type { AuditEntry } from '../../api/shapes';
import { ChoiceFilter, Filters, TextFilter } from '../../ui/filters';
import { Ago, Badge, Button, Card, PageHead } from '../../ui/parts';
import { Empty, ErrorBox, Loading } from '../../ui/states';
import { Table } from '../../ui/table';

export function AuditPage() {
  const [kind, setKind] = useState<AuditKind>();
  const [principal, setPrincipal] = useState('');
  const list = useInfiniteQuery(auditQuery({ kind, principal: principal || undefined }));
  const entries = list.data?.pages.flatMap((page) => page.entries) ?? [];
  return (
    <>
      <PageHead title="Audit" sub="Who changed what, and how it was answered.">
        <Download
          entries={entries}
          all={async () => {
            let { data } = await list.refetch();
            while (data?.pages.at(-1)?.next_cursor) ({ data } = await list.fetchNextPage());
            return data?.pages.flatMap((page) => page.entries) ?? [];
          }}
        />
      </PageHead>
      <Filters>
        <ChoiceFilter
          label="What was changed"
          value={kind}
          all="Every kind"
          choices={auditKinds}
          pick={(picked) => setKind(auditKinds.find((each) => each === picked))}
        />
        <TextFilter label="Principal" value={principal} pick={setPrincipal} />
      </Filters>
      {list.isPending && <Loading lines={6} />}
      {list.isError && entries.length === 0 && (
        <ErrorBox error={list.error} again={() => void list.refetch()} />
      )}
      {list.isSuccess && entries.length === 0 && (
        <Empty title={kind || principal ? 'No change fits these filters.' : 'Nothing was changed yet.'} />
      )}
      {entries.length > 0 && <Entries entries={entries} />}
      {list.hasNextPage && (
        <div className="mt-3 text-center">
          <Button disabled={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>
            Show older ones
          </Button>
        </div>
      )}
    </>
  );
}

/** All that fit the filters, also those that are not shown yet. */
function Download({ entries, all }: { entries: AuditEntry[]; all: () => Promise<AuditEntry[]> }) {
  const [busy, setBusy] = useState(false);
  const save = async (): Promise<void> => {
    setBusy(true);
    const lines = (await all()).map((entry) => JSON.stringify(entry)).join('\n');
    const link = document.createElement('a');
    link.href = URL.createObjectURL(new Blob([lines], { type: 'application/x-ndjson' }));
    link.download = 'audit.ndjson';
    link.click();
    URL.revokeObjectURL(link.href);
    setBusy(false);
  };
  return (
    <Button disabled={busy || entries.length === 0} onClick={() => void save()}>
      {busy ? 'Reading …' : 'Download'}
    </Button>
  );
}

const Entries = ({ entries }: { entries: AuditEntry[] }) => (
  <Card>
    <Table label="Changes" heads={['When', 'Who', 'Request', 'From', 'Answer']}>
      {entries.map((entry) => (
        <Row key={entry.id} of={entry} />
      ))}
    </Table>
  </Card>
);

function Row({
  of: { at, principal, known_by: knownBy, tenant, request, address, status, key_id: keyId },
}: {
  of: AuditEntry;
}) {
  return (
    <tr className="border-t border-line align-top">
      <td className="py-2 pr-4 whitespace-nowrap">
        <Ago at={at} />
      </td>
      <td className="py-2 pr-4">
        {principal ?? whoIs[knownBy] ?? knownBy}
        <span className="block text-xs text-soft">
          {tenant}
          {keyId === null ? '' : `, key ${keyId}`}
        </span>
      </td>
      <td className="py-2 pr-4 font-mono text-xs break-all">{request}</td>
      <td className="py-2 pr-4 text-soft">{address}</td>
      <td className="py-2 pr-4">{answerOf(status)}</td>
    </tr>
  );
}

const whoIs: Record<string, string> = {
  local: 'somebody at the machine',
  anonymous: 'anybody',
  everybody: 'anybody',
};

function answerOf(status: number | null) {
  if (status === null) return <Badge tone="warn">none: its replica died before it</Badge>;
  return <Badge tone={status < 400 ? 'good' : 'bad'}>{status < 400 ? 'done' : `refused: ${status}`}</Badge>;
}
