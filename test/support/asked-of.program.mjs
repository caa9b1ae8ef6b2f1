/**
 * Loaded into the service before it starts (`NODE_OPTIONS=--import`): writes down what each request that has the header `x-watched` made
 * it ask of the database, of its files and of nodes, one line of JSON for each in the file ASKED_OF.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import { subscribe } from 'node:diagnostics_channel';
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import pg from 'pg';

const { ASKED_OF: file } = process.env;
const fileCalls = ['open', 'stat', 'lstat', 'readFile', 'access', 'readdir', 'writeFile', 'rm'];
const running = new AsyncLocalStorage();
const note = (what) => running.getStore()?.push(what);
const textOf = (query) => String(query?.name ?? query?.text ?? query).replaceAll(/\s+/g, ' ');

subscribe('http.server.request.start', ({ request, response }) => {
  const asked = [];
  running.enterWith(asked);
  const name = request.headers['x-watched'];
  if (name === undefined) return;
  response.once('close', () =>
    // What goes on behind the answer is asked by then.
    setTimeout(() => fs.appendFileSync(file, `${JSON.stringify({ name, asked })}\n`), 20),
  );
});
subscribe('undici:request:create', ({ request: { method, path } }) =>
  note(`${method} ${String(path).replace(/\?.*/, '')}`),
);

/** Of a pool's query only the pool's: not that of the client that it takes, which an earlier request may have connected. */
function listen(prototype) {
  const { query } = prototype;
  prototype.query = function (first, ...rest) {
    note(textOf(first));
    return running.exit(() => query.call(this, first, ...rest));
  };
}
listen(pg.Pool.prototype);
listen(pg.Client.prototype);

function listenTo(calls, names) {
  for (const name of names) {
    const call = calls[name];
    calls[name] = (...args) => {
      if (args[0] !== file) note(`file ${name}`);
      return call(...args);
    };
  }
}
listenTo(fs.promises, fileCalls);
listenTo(fs, ['createReadStream', 'createWriteStream']);
syncBuiltinESMExports();
