// The service reaches its database, and tells its version and its nodes. A failed request ends the test, too.
for (const path of ['/readyz', '/v1/version', '/v1/nodes']) {
  const headers = { authorization: `Bearer ${process.env.KEY}` };
  const answer = await fetch(process.env.BASE + path, { headers, signal: AbortSignal.timeout(10_000) });
  process.stdout.write(`${path} ${answer.status} ${await answer.text()}\n`);
  if (!answer.ok) process.exitCode = 1;
}
