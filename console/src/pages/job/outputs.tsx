import { Download, FileBox } from 'lucide-react';
import type { JobDetail, Output } from '../../api/shapes';
import { buttonClasses, Card } from '../../ui/parts';
import { Code } from '../../ui/copy';
import { bytes } from '../../ui/words';

/** Pages of this service load its own files alone: the address is taken without its host, which may be another name of it. */
const ownPath = (url: string): string => {
  const { pathname, search } = new URL(url, window.location.href);
  return `${pathname}${search}`;
};

export function Outputs({ job }: { job: JobDetail }) {
  if (job.outputs.length === 0)
    return job.state === 'succeeded' ? (
      <Card title="Results">
        <p className="text-sm text-soft">It ended well and left no file.</p>
      </Card>
    ) : null;
  return (
    <Card title={`Results (${job.outputs.length})`}>
      <ul className="grid gap-4 sm:grid-cols-2 xl:grid-cols-3">
        {job.outputs.map((output) => (
          <li
            key={`${output.graph_node} ${output.key} ${output.subfolder} ${output.filename}`}
            className="min-w-0"
          >
            <Shown output={output} />
            <div className="mt-1.5 flex items-center justify-between gap-2">
              <p className="min-w-0 truncate text-xs text-soft" title={output.filename}>
                {output.filename} · {bytes(output.size_bytes)}
              </p>
              <a
                href={ownPath(output.url)}
                download={output.filename}
                className={`${buttonClasses('quiet')} min-h-7 px-1.5 py-1`}
                aria-label={`Download ${output.filename}`}
              >
                <Download size={15} aria-hidden />
              </a>
            </div>
          </li>
        ))}
      </ul>
    </Card>
  );
}

function Shown({ output }: { output: Output }) {
  const source = ownPath(output.url);
  if (output.mime.startsWith('image/'))
    return (
      <a href={source} target="_blank" rel="noreferrer">
        <img
          src={source}
          alt={output.filename}
          loading="lazy"
          className="max-h-96 w-full rounded-lg bg-sunk object-contain"
        />
      </a>
    );
  if (output.mime.startsWith('video/'))
    return (
      <video
        src={source}
        controls
        loop
        muted
        playsInline
        preload="metadata"
        aria-label={output.filename}
        className="max-h-96 w-full rounded-lg bg-sunk"
      />
    );
  if (output.mime.startsWith('audio/'))
    return <audio src={source} controls preload="metadata" aria-label={output.filename} className="w-full" />;
  if (output.text !== null) return <Code text={output.text} label={output.filename} />;
  return (
    <div className="flex h-32 flex-col items-center justify-center gap-2 rounded-lg bg-sunk text-sm text-soft">
      <FileBox size={28} aria-hidden />
      {output.format || output.mime}
    </div>
  );
}
