// The service reaches its database, and tells its version and its nodes.
for (const path of ['/readyz', '/v1/version', '/v1/nodes']) {
  fetch(process.env.BASE + path, { signal: AbortSignal.timeout(10_000) })
    .then(async (answer) => {
      console.log(path, answer.status, await answer.text());
      if (!answer.ok) process.exitCode = 1;
    })
    .catch((error) => {
      console.error(path, error);
      process.exitCode = 1;
    });
}
