/** What a fresh installation shows: the one thing to do first, with one click. */
import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { Play } from 'lucide-react';
import { tell } from '../../api/ask';
import { useMay } from '../../api/me';
import { workflowsQuery } from '../../api/queries';
import { Button, buttonClasses } from '../../ui/parts';
import { useDeed } from '../../ui/toasts';
import { demoPicture } from './demo-picture';

const demo = 'wan2.2_i2v_14b_4';

export function Welcome() {
  const navigate = useNavigate();
  const workflows = useQuery(workflowsQuery);
  const run = useDeed(
    async () => {
      const form = new FormData();
      form.set('image', await demoPicture(), 'demo.png');
      form.set('prompt', 'the sun rises over the hills, clouds move slowly');
      return tell('post', '/v1/workflows/{name}/run', { names: { name: demo }, body: form });
    },
    () => ({ text: 'The demo runs.' }),
    // The welcome itself is gone by then.
    ({ id }) => void navigate({ to: '/jobs/$id', params: { id } }),
  );
  const [mayRun, mayPublish] = [useMay('submit'), useMay('operator')];
  const hasDemo = mayRun && (workflows.data?.some(({ name }) => name === demo) ?? false);
  return (
    <section className="card mb-4 flex flex-wrap items-center justify-between gap-4 p-5">
      <div className="max-w-prose">
        <h2 className="font-semibold">Welcome. Nothing has run here yet.</h2>
        <p className="mt-1 text-sm text-soft">
          Make a first video with a picture drawn here and see it on its way, or publish a workflow that you
          saved in ComfyUI’s editor.
        </p>
      </div>
      <div className="flex flex-wrap gap-2">
        {hasDemo && (
          <Button look="main" disabled={run.isPending} onClick={() => run.mutate()}>
            <Play size={15} aria-hidden /> Run the demo
          </Button>
        )}
        {mayPublish && (
          <Link to="/publish" className={buttonClasses()}>
            Publish a workflow
          </Link>
        )}
      </div>
    </section>
  );
}
