import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Cluster, startCluster } from '../support/cluster.js';
import { submit, videoOf } from '../support/door-5014.js';
import { type Colour, colourDistance, firstFrameColour, solidPng } from '../support/pictures.js';

const rounds = 50;
/** What coding a plain picture changes; the pictures differ by 40 and more. */
const codingLoss = 12;

describe('pictures of one name', () => {
  let cluster: Cluster;

  beforeAll(async () => {
    cluster = await startCluster({
      nodes: ['sim-1', 'sim-2', 'sim-3', 'sim-4', 'sim-5', 'sim-6'].map((name) => ({
        name,
        loadMs: 1,
        stepMs: 1,
      })),
    });
  });
  afterAll(() => cluster.stop());

  it(`uploaded by two clients at the same time give each its own video, ${rounds} times of ${rounds}`, async () => {
    const colours = distinctColours(rounds * 2);
    const jobs: { promptId: string; colour: Colour }[] = [];
    for (let round = 0; round < rounds; round += 1)
      jobs.push(
        ...(await Promise.all(
          colours.slice(round * 2, round * 2 + 2).map((colour) => submitted(cluster.url, colour)),
        )),
      );
    const wrong = [];
    for (const { promptId, colour } of jobs) {
      const shown = firstFrameColour(await videoOf(cluster.url, promptId));
      if (colourDistance(shown, colour) > codingLoss) wrong.push({ promptId, colour, shown });
    }
    expect(wrong).toEqual([]);
    const used = cluster.nodes.filter((node) => node.record().length > 0);
    expect(used.length).toBeGreaterThan(1);
  }, 180_000);
});

async function submitted(url: string, colour: Colour) {
  const promptId = await submit(url, { picture: solidPng(colour), filename: 'test.png' });
  return { promptId, colour };
}

/** At least 40 apart in some channel; those that follow each other differ most. */
function distinctColours(count: number): Colour[] {
  const levels = [40, 80, 120, 160, 200];
  const all = levels.flatMap((red) =>
    levels.flatMap((green) => levels.map((blue): Colour => [red, green, blue])),
  );
  return Array.from({ length: count }, (_, index) => all[(index * 67) % all.length] ?? [0, 0, 0]);
}
