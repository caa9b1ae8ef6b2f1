// The house rules of docs/architecture: arrows point down only, a module is entered through its index.ts, and what
// decides is pure. Tests may look inside.

/** A module's front door, and the one to its pure part alone. */
const index = '^src/(doors|modules|platform)/[^/]+/(domain/)?index\\.ts$';

/** Modules by floor, the lowest first: one may import from the floors below its own, never from its own or above. */
const floors = [
  ['comfyui'],
  ['workflows', 'scheduling'],
  ['nodes', 'assets', 'access'],
  ['fleet'],
  ['jobs'],
  ['dispatch', 'deliveries'],
  ['maintenance'],
];

const arrowsPointDown = floors.flatMap((names, floor) => {
  const notBelow = floors.slice(floor).flat();
  return names.map((name) => ({
    name: `${name}-points-down`,
    comment: `${name} may import only from the modules below it`,
    severity: 'error',
    from: { path: `^src/modules/${name}/` },
    to: { path: `^src/modules/(${notBelow.join('|')})/`, pathNot: `^src/modules/${name}/` },
  }));
});

const pure = '^src/(modules/scheduling|(modules|doors)/[^/]+/domain|platform/outside-text)/';

module.exports = {
  forbidden: [
    ...arrowsPointDown,
    {
      name: 'every-module-has-a-floor',
      comment: 'a new module is added to the floors in this file',
      severity: 'error',
      from: { path: `^src/modules/(?!(${floors.flat().join('|')})/)` },
      to: {},
    },
    {
      name: 'platform-knows-no-module',
      severity: 'error',
      from: { path: '^src/platform/' },
      to: { path: '^src/(?!platform/)' },
    },
    {
      name: 'no-storey-knows-the-doors',
      comment: 'who comes in stands above what the cluster does; only the application opens doors',
      severity: 'error',
      from: { path: '^src/(modules|platform|programs)/' },
      to: { path: '^src/doors/' },
    },
    {
      name: 'no-door-sees-a-door',
      comment: 'what two doors do alike is in the kit',
      severity: 'error',
      from: { path: '^src/doors/([^/]+)/' },
      to: { path: '^src/doors/', pathNot: '^src/doors/($1|kit)/' },
    },
    {
      name: 'the-kit-knows-no-door',
      severity: 'error',
      from: { path: '^src/doors/kit/' },
      to: { path: '^src/doors/(?!kit/)' },
    },
    {
      name: 'no-web-framework-below-the-doors',
      comment: 'requests and answers are the business of doors',
      severity: 'error',
      from: { path: '^src/(modules|platform)/' },
      to: { path: 'node_modules/(@nestjs/(platform-fastify|swagger)|fastify|@fastify/[^/]+)/' },
    },
    {
      name: 'enter-through-index',
      comment: 'another module, or another part of the platform, is entered through its index.ts',
      severity: 'error',
      from: { path: '^src/((?:doors|modules|platform)/[^/]+)/' },
      to: { path: '^src/(doors|modules|platform)/[^/]+/', pathNot: ['^src/$1/', index] },
    },
    {
      name: 'enter-through-index-from-outside',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/(doors|modules|platform)/[^/]+/' },
      to: { path: '^src/(doors|modules|platform)/[^/]+/', pathNot: index },
    },
    {
      name: 'the-product-imports-no-simulator',
      comment: 'the simulated node is a program of its own, which main starts as a process',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/programs/simulator/' },
      to: { path: '^src/programs/simulator/' },
    },
    {
      name: 'the-simulator-imports-no-product',
      comment: 'a test double that shares code with what it tests shares its mistakes',
      severity: 'error',
      from: { path: '^src/programs/simulator/' },
      to: { path: '^src/(?!programs/simulator/)' },
    },
    {
      name: 'the-simulation-runs-the-pure-core-alone',
      severity: 'error',
      from: { path: '^src/programs/simulation/' },
      to: { path: '^src/(?!programs/simulation/|modules/scheduling/)' },
    },
    {
      name: 'a-policy-sees-no-truth',
      comment:
        'true durations, loads and speeds are in traces and the run; a policy is told what a real one would be',
      severity: 'error',
      from: { path: '^src/programs/simulation/policies/' },
      to: { path: '^src/programs/simulation/(?!policies/|policy\\.ts$|trace\\.ts$)' },
    },
    {
      name: 'pure-code-does-no-io',
      comment: 'time, randomness and the world come in as arguments',
      severity: 'error',
      from: { path: pure },
      to: { dependencyTypes: ['core'], pathNot: '^(node:)?(assert|crypto|path|util)$' },
    },
    {
      name: 'pure-code-knows-no-framework',
      severity: 'error',
      from: { path: pure },
      to: {
        path: 'node_modules/(@nestjs|@prisma|prisma|undici|pg|ws|pino|prom-client|rxjs|fastify|@fastify)/',
      },
    },
    {
      name: 'pure-code-imports-pure-code',
      comment: 'of the shell, and of other modules, only types',
      severity: 'error',
      from: { path: pure },
      to: {
        path: '^src/',
        pathNot: [pure, '^src/platform/fault\\.ts$'],
        dependencyTypesNot: ['type-only'],
      },
    },
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    { name: 'no-unresolvable', severity: 'error', from: {}, to: { couldNotResolve: true } },
    {
      name: 'no-development-dependency',
      comment: 'the service runs without them',
      severity: 'error',
      from: { path: '^src/' },
      to: { dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown'], dependencyTypesNot: ['type-only'] },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: ['\\.(test|fixture)\\.ts$', '^src/platform/database/generated/', '^dist/'] },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default', 'types'],
    },
  },
};
