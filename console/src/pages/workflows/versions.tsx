import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { tell } from '../../api/ask';
import { useMay } from '../../api/me';
import { versionsQuery } from '../../api/queries';
import type { WorkflowVersion } from '../../api/shapes';
import { useConfirm } from '../../ui/dialog';
import { Ago, Badge, Button, Card } from '../../ui/parts';
import { Loaded } from '../../ui/states';
import { useDeed } from '../../ui/toasts';
import { Compare } from './compare';

const short = (version: string): string => version.slice(0, 10);

export function Versions({ name }: { name: string }) {
  const versions = useQuery(versionsQuery(name));
  const [compared, setCompared] = useState<{ from: string; to: string }>();
  const point = usePoint(name);
  const confirm = useConfirm();
  const mayServe = useMay('operator');
  const serve = async (version: WorkflowVersion, current: WorkflowVersion | undefined): Promise<void> => {
    const yes = await confirm({
      title: `Put ${short(version.version)} in service?`,
      text: 'Jobs asked for from now on run this version; those that wait keep theirs. You can go back the same way.',
      deed: 'Put it in service',
    });
    if (yes) point.mutate({ version: version.version, before: current?.version });
  };
  return (
    <Card title="Versions">
      <Loaded query={versions} lines={2}>
        {(all) => {
          const current = all.find(({ channels }) => channels.includes('latest'));
          return (
            <ul className="divide-y divide-line text-sm">
              {all.map((version) => (
                <li
                  key={version.version}
                  className="flex flex-wrap items-center justify-between gap-2 py-2 first:pt-0"
                >
                  <span className="min-w-0">
                    <span className="font-mono text-xs">{short(version.version)}</span>{' '}
                    <span className="text-xs text-soft">
                      from {version.source}, <Ago at={version.created_at} />
                    </span>{' '}
                    {version.channels.map((channel) => (
                      <Badge key={channel} tone={channel === 'latest' ? 'good' : 'plain'}>
                        {channel}
                      </Badge>
                    ))}
                  </span>
                  {current && version !== current && (
                    <span className="flex gap-1">
                      <Button onClick={() => setCompared({ from: version.version, to: current.version })}>
                        Compare
                      </Button>
                      {mayServe && (
                        <Button disabled={point.isPending} onClick={() => void serve(version, current)}>
                          Put in service
                        </Button>
                      )}
                    </span>
                  )}
                </li>
              ))}
            </ul>
          );
        }}
      </Loaded>
      {compared && <Compare name={name} {...compared} onClose={() => setCompared(undefined)} />}
    </Card>
  );
}

/** Puts a version in service, and offers the way back. */
function usePoint(name: string) {
  const put = async (version: string): Promise<unknown> =>
    tell('post', '/v1/workflows/{name}/channels/{channel}', {
      names: { name, channel: 'latest' },
      body: { version },
    });
  const back = useDeed(put, (version) => ({ text: `${short(version)} is in service again.` }));
  return useDeed(
    async ({ version }: { version: string; before: string | undefined }) => put(version),
    ({ version, before }) => ({
      text: `${short(version)} is in service.`,
      undo: before === undefined ? undefined : () => back.mutate(before),
    }),
  );
}
