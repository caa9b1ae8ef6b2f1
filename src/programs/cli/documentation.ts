/** docs/cli.md, made of the commands themselves. Pure. */
import type { Command } from 'commander';
import { exitCodes } from './failure.js';

const head = `# Command line

\`comfymux\` runs jobs on a cluster and looks after it, over \`/v1\`: \`npx comfymux help\` in this folder, or \`comfymux\` where the package is installed.
This page is made of the commands by \`npm run docs:cli\`.

\`\`\`bash
comfymux run wan2.2_i2v_14b_4 -i prompt="a slow pan" -i image=@me.png --out results   # the demo with your picture
comfymux jobs why ID                     # why does this job wait, why did it run there, why did it fail
comfymux ready portrait.json             # which node lacks what for this workflow
comfymux nodes drain gpu-7 --wait        # take a node out, and hear when it is empty
comfymux jobs cancel --tenant film       # cancel everything of a tenant
comfymux jobs failed --since 1h          # what failed in the last hour, and why
comfymux workflows push portrait.json    # publish a file of the editor
comfymux doctor                          # what is wrong, and what to do
\`\`\`

## Which server, and with which key

\`--server\`, then \`COMFYMUX_SERVER\`, then the context (\`--context\`, \`COMFYMUX_CONTEXT\`, or the one chosen with \`comfymux context use\`), then
\`http://127.0.0.1:5014\`. The key is \`COMFYMUX_KEY\`, or that of the context, which \`comfymux context set NAME URL --key-stdin\` keeps in a file
with mode 0600; a key file that others may read is refused. A key of a context goes to the server of that context alone, and no redirection is followed.
Settings are in \`~/.config/comfymux/config.json\` (\`COMFYMUX_CONFIG\` names another file).

## Output

Results are on standard output, progress and errors on standard error. \`--json\` makes every result JSON. An error is one line: what is wrong → what to do.
Control characters in names and messages are shown as \`\\uXXXX\`, also in JSON, so that no name can steer your terminal. Previews of running jobs are shown in
terminals with Kitty's or iTerm2's protocol (kitty, Ghostty, iTerm2, WezTerm), not inside tmux or screen.

Completion: \`source <(comfymux completion bash)\`, \`source <(comfymux completion zsh)\`, \`comfymux completion fish | source\`.

`;

export function documentationOf(program: Command): string {
  const codes = Object.values(exitCodes).map(({ code, meaning }) => `| ${code} | ${meaning} |`);
  const exits = [
    '| code | meaning |',
    '| --- | --- |',
    '| 0 | It was done. |',
    ...codes,
    '| 130 | Ended by Ctrl-C. |',
  ];
  const commands = leavesOf(program).map((command) => sectionOf(command));
  return `${head}## Exit codes\n\n${exits.join('\n')}\n\n## Commands\n\n${commands.join('\n')}`;
}

function leavesOf(command: Command): Command[] {
  const visible = command
    .createHelp()
    .visibleCommands(command)
    .filter((one) => one.name() !== 'help');
  return visible.flatMap((one) => (one.commands.length > 0 ? leavesOf(one) : [one]));
}

function sectionOf(command: Command): string {
  const options = command.options.map(({ flags, description, defaultValue }) => {
    const standard = typeof defaultValue === 'string' ? ` (default ${defaultValue})` : '';
    return `- \`${flags}\`: ${description}${standard}`;
  });
  return [
    `### ${pathOf(command)}`,
    '',
    `\`${pathOf(command)} ${command.usage()}\``,
    '',
    command.description(),
    ...(options.length === 0 ? [] : ['', ...options]),
    '',
  ].join('\n');
}

function pathOf(command: Command): string {
  return command.parent ? `${pathOf(command.parent)} ${command.name()}` : command.name();
}
