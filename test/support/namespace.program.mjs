/**
 * Runs in a network namespace of its own (`unshare -rn`): the service and a proxy on one machine, and a client on another that a cable joins to
 * it. Asks what it is told to ask and prints the answers' statuses. Nothing leaves the two namespaces but the database's connection, by a file.
 *
 * `ask CASES` as arguments: the client's part.
 */
import { execFile, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readlinkSync } from 'node:fs';
import { createServer, request } from 'node:http';
import net from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';

const here = '10.77.0.1';
const there = '10.77.0.2';
const [port, nativePort, proxyPort] = [5014, 8188, 8080];
const patienceMs = 50_000;
const [mode, text] = process.argv.slice(2);
const told = JSON.parse(text);

/** Of each case `to` (an address and port), `path`, `headers`. */
async function ask(cases) {
  const statuses = [];
  for (const { to, path, headers } of cases) {
    const asked = request(`http://${to}${path}`, { headers, agent: false });
    asked.end();
    const [answer] = await once(asked, 'response');
    answer.resume();
    statuses.push(answer.statusCode);
  }
  process.stdout.write(JSON.stringify(statuses));
}

const ip = (line) => execFileSync('ip', line.split(' '));
const namespaceOf = (pid) => readlinkSync(`/proc/${pid}/ns/net`);
/** Not in one piece: this process passes on meanwhile what is asked. */
const asking = async ([command, ...rest]) => JSON.parse((await promisify(execFile)(command, rest)).stdout);

async function main({ databaseFile, databasePort, env, cases, service: [program, ...args] }) {
  ip('link set lo up');
  ip('link add name here type veth peer name there');
  ip(`addr add ${here}/24 dev here`);
  ip('link set here up');
  const other = spawn('unshare', ['-n', 'sleep', '300']);
  const children = [other];
  const endAll = () => children.forEach((child) => child.kill('SIGKILL'));
  setTimeout(() => {
    endAll();
    process.exit(1);
  }, patienceMs).unref();
  try {
    while (namespaceOf(other.pid) === namespaceOf('self')) await sleep(10);
    ip(`link set there netns ${other.pid}`);
    const beyond = ['-t', String(other.pid), '-n'];
    for (const line of [`addr add ${there}/24 dev there`, 'link set there up', 'link set lo up'])
      execFileSync('nsenter', [...beyond, 'ip', ...line.split(' ')]);
    net
      .createServer((near) => {
        const far = net.connect(databaseFile);
        near.on('error', () => far.destroy()).on('close', () => far.destroy());
        far.on('error', () => near.destroy()).on('close', () => near.destroy());
        near.pipe(far).pipe(near);
      })
      .listen(databasePort, '127.0.0.1');
    // As one on the same machine does, it may say of itself what it likes: what the client wants it to.
    createServer((asked, answer) => {
      const { 'x-proxy-sets': sets, ...headers } = asked.headers;
      const passed = { ...headers, ...JSON.parse(sets ?? '{}') };
      const on = request(
        { host: '127.0.0.1', port, path: asked.url, headers: passed, agent: false },
        (reply) => {
          answer.writeHead(reply.statusCode, reply.headers);
          reply.pipe(answer);
        },
      );
      on.on('error', () => answer.destroy()).end();
    }).listen(proxyPort, here);
    const service = spawn(program, args, {
      env: { ...process.env, ...env, HOST: '::', PORT: String(port), NATIVE_PORT: String(nativePort) },
      stdio: ['ignore', 2, 2],
    });
    children.push(service);
    const deadlineMs = Date.now() + patienceMs;
    while (!(await fetch(`http://127.0.0.1:${port}/livez`).catch(() => undefined))?.ok) {
      if (service.exitCode !== null || Date.now() > deadlineMs)
        throw new Error('the service did not become alive');
      await sleep(50);
    }
    const self = [process.execPath, import.meta.filename ?? process.argv[1], 'ask'];
    const statuses = {
      inside: await asking([...self, JSON.stringify(cases.inside)]),
      outside: await asking(['nsenter', ...beyond, ...self, JSON.stringify(cases.outside)]),
    };
    service.kill('SIGTERM');
    await once(service, 'exit');
    process.stdout.write(JSON.stringify(statuses));
  } finally {
    endAll();
  }
  process.exit(0);
}

await (mode === 'ask' ? ask(told) : main(told));
