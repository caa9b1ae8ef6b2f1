/** Why the job runs where it does, or what it waits for: in words, and as seconds for each node that could have had it. */
import type { UseQueryResult } from '@tanstack/react-query';
import type { Decision, JobDetail, NodeScore } from '../../api/shapes';
import { Fact, Facts, Until } from '../../ui/parts';
import { ErrorBox, Loading } from '../../ui/states';
import { count, seconds, termColours, termWords } from '../../ui/words';

/** Too little to see and to say. */
const termMinS = 0.05;

export function Why({ job, decision }: { job: JobDetail; decision: UseQueryResult<Decision> }) {
  if (decision.data === undefined)
    return decision.isError ? (
      <ErrorBox error={decision.error} again={() => void decision.refetch()} />
    ) : (
      <Loading lines={2} />
    );
  const { placed, waiting, queue_position: position, eta } = decision.data;
  if (job.state === 'queued' || !placed)
    return (
      <>
        <p className="text-sm font-medium">
          {sentence(
            waiting?.reason ??
              job.waiting_for ??
              (job.finished_at ? 'It ended before it was placed.' : 'It is about to be placed.'),
          )}
        </p>
        {job.finished_at === null && (
          <div className="mt-4">
            <Facts>
              {position !== null && <Fact name="Place in the queue">{position.toLocaleString()}</Fact>}
              {eta && (
                <>
                  <Fact name="Starts in about">
                    <Until at={eta.start} />
                  </Fact>
                  <Fact name="Ends in about">
                    <Until at={eta.end} />
                  </Fact>
                  <Fact name="Nine of ten end within">
                    <Until at={eta.end_p90} />
                  </Fact>
                </>
              )}
            </Facts>
          </div>
        )}
      </>
    );
  return <Placed placed={placed} />;
}

function Placed({ placed }: { placed: NonNullable<Decision['placed']> }) {
  const all = [placed, ...placed.runners_up];
  const mostS = Math.max(...all.map(({ terms }) => sumOf(Object.values(terms))), 0.001);
  const kinds = Object.keys(termWords).filter((term) =>
    all.some(({ terms }) => (terms[term] ?? 0) >= termMinS),
  );
  return (
    <>
      <p className="text-sm">{wordsOf(placed)}</p>
      <ul className="mt-4 space-y-3">
        {all.map((score, index) => (
          <li key={score.node_id}>
            <div className="mb-1 flex justify-between gap-2 text-sm">
              <span className={index === 0 ? 'font-medium' : 'text-soft'}>
                {score.node_id}
                {index === 0 && ' (chosen)'}
              </span>
              <span className="tabular-nums" title="Of these seconds the run itself is counted half.">
                counted as {seconds(score.cost_s)}
              </span>
            </div>
            <Bar score={score} mostS={mostS} kinds={kinds} />
          </li>
        ))}
      </ul>
      <ul className="mt-4 flex flex-wrap gap-x-4 gap-y-1 text-xs text-soft" aria-label="Kinds of seconds">
        {kinds.map((term) => (
          <li key={term} className="flex items-center gap-1.5">
            <span aria-hidden className="size-2.5 rounded-full" style={{ background: termColours[term] }} />
            {termWords[term]}
            {(placed.terms[term] ?? 0) >= termMinS && (
              <span className="tabular-nums">{seconds(placed.terms[term] ?? 0)}</span>
            )}
          </li>
        ))}
      </ul>
    </>
  );
}

function Bar({ score, mostS, kinds }: { score: NodeScore; mostS: number; kinds: string[] }) {
  const said = kinds
    .filter((term) => (score.terms[term] ?? 0) >= termMinS)
    .map((term) => `${termWords[term]} ${seconds(score.terms[term] ?? 0)}`)
    .join(', ');
  return (
    <div
      role="img"
      aria-label={`${score.node_id}: ${said}`}
      title={said}
      className="flex h-3 overflow-hidden rounded-full bg-sunk"
    >
      {kinds.map((term) => (
        <div
          key={term}
          style={{
            width: `${(Math.max(0, score.terms[term] ?? 0) / mostS) * 100}%`,
            background: termColours[term],
          }}
        />
      ))}
    </div>
  );
}

const sumOf = (parts: readonly number[]): number => parts.reduce((sum, part) => sum + part, 0);

/** What others lose by it, and what may go wrong, does not make the job itself later. */
const doneInS = ({
  evictionS: _pushedOut,
  occupationS: _kept,
  hazardS: _perhaps,
  ...own
}: NodeScore['terms']): number => sumOf(Object.values(own));

function wordsOf({
  node_id: node,
  cost_s: cost,
  terms,
  runners_up: others,
  held_s: held,
  reserved,
  behind_another: behind,
}: NonNullable<Decision['placed']>): string {
  const said = [`${node} was expected to have it done in ${seconds(doneInS(terms))}`];
  const [next] = others;
  const isEqual = next !== undefined && next.cost_s - cost < Math.max(0.05, cost / 1000);
  if (isEqual)
    said.push(
      `; ${count(others.length, 'other free node')} could have taken it as well, ${next.node_id} as soon`,
    );
  else if (next)
    said.push(
      `; the next best of ${count(others.length, 'other free node')}, ${next.node_id}, in ${seconds(doneInS(next.terms))}`,
    );
  else said.push('; no other free node could take it');
  said.push('.');
  if (held > 0.5) said.push(` It was kept back ${seconds(held)} for a node that had its models.`);
  if (behind) said.push(' It was sent behind what ran there, in its last seconds.');
  if (reserved) said.push(' The node was kept for it, because it had been passed by others too long.');
  return said.join('');
}

const sentence = (text: string): string => {
  const first = text.charAt(0).toUpperCase() + text.slice(1);
  return /[.!?]$/.test(first) ? first : `${first}.`;
};
