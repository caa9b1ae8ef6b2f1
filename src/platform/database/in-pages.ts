/** Work on many rows, `page` of them at a time, until a page is not full: no statement holds locks for long. Yields how many after each. */
export async function* inPages(
  page: number,
  work: (page: number) => Promise<number>,
): AsyncGenerator<number> {
  for (let done = page; done === page; yield done) done = await work(page);
}
