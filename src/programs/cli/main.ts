#!/usr/bin/env node
/** `comfymux`: the cluster from a terminal. Errors are one line with the way out; exit codes are in docs/cli.md. */
import process from 'node:process';
import { Command, CommanderError } from 'commander';
import { exitCodes, Failure } from './failure.js';
import { createProgram } from './program.js';
import { safe } from './terminal/safe-text.js';

const interruptedCode = 130;

function quietly(command: Command): Command {
  command.exitOverride();
  for (const one of command.commands) quietly(one);
  return command;
}

async function main(): Promise<number> {
  try {
    await quietly(createProgram()).parseAsync(process.argv);
    return 0;
  } catch (error) {
    return told(error);
  }
}

/** The exit code. */
function told(error: unknown): number {
  // Commander has said it already.
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : exitCodes.usage.code;
  const failure =
    error instanceof Failure
      ? error
      : new Failure('unreachable', error instanceof Error ? error.message : String(error));
  const way = failure.wayOut === undefined ? '' : ` → ${safe(failure.wayOut)}`;
  process.stderr.write(`comfymux: ${safe(failure.message)}${way}\n`);
  return failure.exitCode;
}

// A reader that has seen enough, such as head.
process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1));
let interrupts = 0;
process.on('SIGINT', () => {
  interrupts += 1;
  if (interrupts > 1) process.exit(interruptedCode);
});
process.exitCode = await main();
if (interrupts > 0) process.exitCode = interruptedCode;
