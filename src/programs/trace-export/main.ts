/** `npm run trace:export`: writes the successful attempts of a database as a workload for `npm run simulate -- --file`. */
import { createWriteStream } from 'node:fs';
import process from 'node:process';
import { pipeline } from 'node:stream/promises';
import { parseArgs } from 'node:util';
import { loadConfig } from '../../platform/config/index.js';
import { joinDatabase } from '../../platform/database/index.js';
import { createLogger } from '../../platform/logging/index.js';
import { exportedLines } from './export.js';
import { RecordReader, type Period } from './record-reader.js';

const usage = `Usage: npm run trace:export -- [options]
  --out PATH      where the lines go (default: standard output)
  --since TIME    jobs submitted at or after it, e.g. 2026-05-01 or 2026-05-01T12:00:00Z
  --until TIME    jobs submitted before it
Reads the database of DATABASE_URL, or the embedded one under DATA_DIR.
`;

try {
  await main(readArguments(process.argv.slice(2)));
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n\n${usage}`);
  process.exitCode = 1;
}

interface Arguments {
  period: Period;
  outPath: string | undefined;
}

function readArguments(args: string[]): Arguments {
  const text = { type: 'string' } as const;
  const { values } = parseArgs({ args, options: { out: text, since: text, until: text } });
  return {
    period: { since: time(values.since), until: time(values.until) },
    outPath: values.out,
  };
}

function time(text: string | undefined): Date | undefined {
  if (text === undefined) return undefined;
  const parsed = new Date(text);
  if (Number.isNaN(parsed.getTime())) throw new Error(`not a time: ${text}`);
  return parsed;
}

async function main({ period, outPath }: Arguments): Promise<void> {
  const config = loadConfig(process.env);
  const database = await joinDatabase(config, createLogger({ level: 'silent' }));
  try {
    const reader = await RecordReader.open(database.url);
    try {
      await write(reader, period, outPath);
    } finally {
      await reader.close();
    }
  } finally {
    await database.stop();
  }
}

async function write(reader: RecordReader, period: Period, outPath: string | undefined): Promise<void> {
  const counts = { node: 0, model: 0, job: 0, latency: 0 };
  const lines = async function* (): AsyncGenerator<string> {
    for await (const line of exportedLines(reader, period)) {
      counts[line.kind] += 1;
      yield `${JSON.stringify(line)}\n`;
    }
  };
  await (outPath === undefined
    ? pipeline(lines, process.stdout, { end: false })
    : pipeline(lines, createWriteStream(outPath)));
  process.stderr.write(`${counts.job} jobs, ${counts.node} nodes, ${counts.model} models\n`);
}
