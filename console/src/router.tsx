/** Every page with its address. The first page comes with the frame, the others when they are opened. */
import { createRootRoute, createRoute, createRouter, lazyRouteComponent, Link } from '@tanstack/react-router';
import { OverviewPage } from './pages/overview/page';
import { Shell } from './shell/shell';
import { Empty, ErrorBox, Loading } from './ui/states';

const root = createRootRoute({
  component: Shell,
  notFoundComponent: () => (
    <Empty isPage title="There is no such page.">
      <Link to="/" className="text-accent underline">
        To the overview
      </Link>
    </Empty>
  ),
});

const under = { getParentRoute: () => root } as const;

const overview = createRoute({ ...under, path: '/', component: OverviewPage });

/** What is in the address of the list of jobs, so that a list can be sent to a colleague. */
const filterNames = ['state', 'workflow', 'tenant', 'door', 'node', 'label', 'since', 'search'] as const;
export type JobsSearch = Partial<Record<(typeof filterNames)[number], string>>;

const textOf = (value: unknown): string | undefined =>
  typeof value === 'string' && value !== '' ? value : undefined;

const jobs = createRoute({
  ...under,
  path: '/jobs',
  validateSearch: (search: Record<string, unknown>): JobsSearch => {
    const named = filterNames.map((name) => [name, textOf(search[name])] as const);
    return Object.fromEntries(named.filter(([, text]) => text !== undefined));
  },
  component: lazyRouteComponent(() => import('./pages/jobs/page'), 'JobsPage'),
});

const job = createRoute({
  ...under,
  path: '/jobs/$id',
  component: lazyRouteComponent(() => import('./pages/job/page'), 'JobPage'),
});

const nodes = createRoute({
  ...under,
  path: '/nodes',
  component: lazyRouteComponent(() => import('./pages/nodes/page'), 'NodesPage'),
});

const node = createRoute({
  ...under,
  path: '/nodes/$id',
  component: lazyRouteComponent(() => import('./pages/nodes/node-page'), 'NodePage'),
});

const workflows = createRoute({
  ...under,
  path: '/workflows',
  component: lazyRouteComponent(() => import('./pages/workflows/page'), 'WorkflowsPage'),
});

const publish = createRoute({
  ...under,
  path: '/publish',
  component: lazyRouteComponent(() => import('./pages/workflows/publish-page'), 'PublishPage'),
});

const workflow = createRoute({
  ...under,
  path: '/workflows/$name',
  /** A job whose inputs the form begins with. */
  validateSearch: (search: Record<string, unknown>): { from?: string } => {
    const from = textOf(search['from']);
    return from === undefined ? {} : { from };
  },
  component: lazyRouteComponent(() => import('./pages/workflows/workflow-page'), 'WorkflowPage'),
});

const models = createRoute({
  ...under,
  path: '/models',
  component: lazyRouteComponent(() => import('./pages/models/page'), 'ModelsPage'),
});

const tenants = createRoute({
  ...under,
  path: '/tenants',
  component: lazyRouteComponent(() => import('./pages/tenants/page'), 'TenantsPage'),
});

const audit = createRoute({
  ...under,
  path: '/audit',
  component: lazyRouteComponent(() => import('./pages/audit/page'), 'AuditPage'),
});

export const router = createRouter({
  routeTree: root.addChildren([
    overview,
    jobs,
    job,
    nodes,
    node,
    workflows,
    publish,
    workflow,
    models,
    tenants,
    audit,
  ]),
  basepath: '/console',
  defaultPreload: 'intent',
  defaultPendingComponent: () => <Loading />,
  defaultErrorComponent: ({ error, reset }) => <ErrorBox error={error} again={reset} />,
  scrollRestoration: true,
});

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router;
  }
}
