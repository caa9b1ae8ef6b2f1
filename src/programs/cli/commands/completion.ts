/** Completion in shells: a few lines for each, which ask the program itself what may come next. */
import process from 'node:process';
import { Argument, type Command } from 'commander';

const scripts = {
  bash: `_comfymux() {
  local IFS=$'\\n'
  COMPREPLY=($(compgen -W "$(comfymux complete -- "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)" -- "\${COMP_WORDS[COMP_CWORD]}"))
}
complete -o default -F _comfymux comfymux
`,
  zsh: `#compdef comfymux
_comfymux() {
  local -a found
  found=(\${(f)"$(comfymux complete -- "\${words[@]:1:$((CURRENT - 1))}" 2>/dev/null)"})
  compadd -a found || _files
}
compdef _comfymux comfymux
`,
  fish: `complete -c comfymux -a '(comfymux complete -- (commandline -opc)[2..] (commandline -ct) 2>/dev/null)'
`,
} as const;

export function addCompletion(program: Command): void {
  program
    .command('completion')
    .summary('print what a shell needs to complete commands')
    .description('Prints what a shell needs, for example: source <(comfymux completion bash)')
    .addArgument(new Argument('<shell>').choices(Object.keys(scripts)))
    .action((shell: keyof typeof scripts) => void process.stdout.write(scripts[shell]));
  program
    .command('complete', { hidden: true })
    .argument('[words...]')
    .allowUnknownOption()
    .action((words: string[]) => void process.stdout.write(`${candidates(program, words).join('\n')}\n`));
}

/** What may stand in place of the last word. Pure. */
export function candidates(program: Command, words: readonly string[]): string[] {
  let command = program;
  for (const word of words.slice(0, -1))
    command = command.commands.find((one) => one.name() === word) ?? command;
  const last = words.at(-1) ?? '';
  const names = command
    .createHelp()
    .visibleCommands(command)
    .map((one) => one.name());
  const options = [...command.options, ...program.options].flatMap(({ long }) => long ?? []);
  return (last.startsWith('-') ? options : names).filter((one) => one.startsWith(last));
}
