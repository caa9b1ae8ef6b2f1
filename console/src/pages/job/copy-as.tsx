import { useQuery } from '@tanstack/react-query';
import { DropdownMenu } from 'radix-ui';
import { ChevronDown } from 'lucide-react';
import { useState } from 'react';
import { jobGraphQuery } from '../../api/queries';
import type { JobDetail } from '../../api/shapes';
import { Code } from '../../ui/copy';
import { Dialog } from '../../ui/dialog';
import { buttonClasses } from '../../ui/parts';
import { recipesOf } from './recipes';

export function CopyAs({ job }: { job: JobDetail }) {
  const [shown, setShown] = useState<string>();
  const [opened, setOpened] = useState(false);
  const asked = useQuery({ ...jobGraphQuery(job.id), enabled: opened });
  const recipes = recipesOf(job, window.location.origin, {
    inputs: asked.data?.exact.inputs ?? undefined,
    graph: asked.data?.exact.graph ?? undefined,
  });
  const recipe = recipes.find(({ name }) => name === shown);
  return (
    <>
      <DropdownMenu.Root modal={false} onOpenChange={(open) => open && setOpened(true)}>
        <DropdownMenu.Trigger className={buttonClasses()}>
          Copy as <ChevronDown size={15} aria-hidden />
        </DropdownMenu.Trigger>
        <DropdownMenu.Portal>
          <DropdownMenu.Content
            align="end"
            sideOffset={4}
            className="card z-50 min-w-56 p-1 text-sm shadow-lg"
          >
            {recipes.map(({ name }) => (
              <DropdownMenu.Item
                key={name}
                onSelect={() => setShown(name)}
                className="cursor-pointer rounded-md px-3 py-1.5 outline-none data-[highlighted]:bg-accent-bg data-[highlighted]:text-accent"
              >
                {name}
              </DropdownMenu.Item>
            ))}
          </DropdownMenu.Content>
        </DropdownMenu.Portal>
      </DropdownMenu.Root>
      {recipe && (
        <Dialog title={recipe.name} wide onClose={() => setShown(undefined)}>
          <p className="mb-2 text-sm text-soft">{recipe.about}</p>
          <Code text={recipe.text} label={recipe.name} />
        </Dialog>
      )}
    </>
  );
}
