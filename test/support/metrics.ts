/** What `/metrics` says, by name and labels. */
export interface Metrics {
  text: string;
  /** Of the one sample with this name and at least these labels. */
  value(name: string, labels: Record<string, string>): number;
}

export async function readMetrics(url: string): Promise<Metrics> {
  const response = await fetch(`${url}/metrics`);
  if (response.status !== 200) throw new Error(`GET /metrics answered ${response.status}`);
  const text = await response.text();
  return { text, value: (name, labels) => valueOf(text, name, labels) };
}

function valueOf(text: string, name: string, labels: Record<string, string>): number {
  const pairs = Object.entries(labels).map(([key, value]) => `${key}="${value}"`);
  const lines = text
    .split('\n')
    .filter(
      (line) =>
        (line.startsWith(`${name}{`) || line.startsWith(`${name} `)) &&
        pairs.every((pair) => line.includes(pair)),
    );
  if (lines.length !== 1) throw new Error(`${lines.length} samples of ${name} with ${pairs.join(', ')}`);
  return Number(lines[0]?.slice(lines[0].lastIndexOf(' ')));
}
