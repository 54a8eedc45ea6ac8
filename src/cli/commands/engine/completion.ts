import type { Command } from 'commander';
import { pageOfRuns } from '../../../operations/runs/run-list.ts';
import { placesOf } from '../../../projections/task/task-order.ts';
import { shortId } from '../../../terminal/render/short-id.ts';
import { oneLine } from '../../../terminal/render/width.ts';
import { CliFailure } from '../../cli-failure.ts';
import { type Asked, askedAtCursor, type Candidate } from '../../complete/asked-at-cursor.ts';
import type { ExitCode } from '../../exit-codes.ts';
import { errorPages, firstSentence } from '../../explain/error-pages.ts';
import { type Invocation, withRuns, withSession } from '../../invocation.ts';
import { resolveFile } from '../../start/definition-sources.ts';

const shells = ['bash', 'zsh', 'fish'] as const;

/** What each shell reads. They ask `workflow completion reply` for each word, and take files where it says nothing. */
const scripts: Readonly<Record<(typeof shells)[number], string>> = {
  bash: `# workflow for bash: eval "$(workflow completion bash)"
_workflow() {
  local line=\${COMP_LINE:0:COMP_POINT} cur=\${COMP_WORDS[COMP_CWORD]} words word
  read -ra words <<<"$line"
  [[ $line == *[[:space:]] ]] && words+=("")
  local before=\${words[-1]%"$cur"}
  COMPREPLY=()
  while IFS=$'\\t' read -r word _; do
    COMPREPLY+=("\${word#"$before"}")
  done < <(workflow completion reply -- "\${words[@]:1}" 2>/dev/null)
}
complete -o default -F _workflow workflow`,
  zsh: `#compdef workflow
# workflow for zsh: eval "$(workflow completion zsh)"
_workflow() {
  local -a found
  local word about
  while IFS=$'\\t' read -r word about; do
    found+=("\${word//:/\\\\:}:$about")
  done < <(workflow completion reply -- "\${(@)words[2,CURRENT]}" 2>/dev/null)
  if (( \${#found} )); then _describe workflow found; else _files; fi
}
compdef _workflow workflow`,
  fish: `# workflow for fish: workflow completion fish | source
complete -c workflow -f -a '(workflow completion reply -- (commandline -opc)[2..] (commandline -ct) 2>/dev/null)'
complete -c workflow -F -n 'test -z "$(workflow completion reply -- (commandline -opc)[2..] (commandline -ct) 2>/dev/null)"'`,
};

/** `workflow completion bash|zsh|fish`: what the shell reads; `reply`: what the last of the words may become. */
export async function completion(
  invocation: Invocation,
  {
    program,
    shell,
    words,
  }: { readonly program: Command; readonly shell: string; readonly words: readonly string[] },
): Promise<ExitCode> {
  const { output } = invocation;
  if (shell === 'reply') return reply(invocation, askedAtCursor(program, words), words.at(-1) ?? '');
  const known = shells.find((each) => each === shell);
  if (known === undefined) {
    throw new CliFailure(
      'usage.name',
      `"${shell}" is none of the shells ${shells.join(', ')}`,
      'workflow completion bash',
    );
  }
  output.document('Completion', { shell, text: scripts[known] });
  output.data(scripts[known]);

  return 0;
}

async function reply(invocation: Invocation, asked: Asked, word: string): Promise<ExitCode> {
  // Whoever types wants no errors in the line: what cannot be asked for is not offered.
  const more = await named(invocation, asked).catch(() => []);
  const fitting = [...asked.words, ...more].filter((each) => each.word.startsWith(word));
  for (const { word: each, about } of fitting) invocation.output.data(`${each}\t${oneLine(about)}`);

  return 0;
}

async function named(invocation: Invocation, { names, inputsOf }: Asked): Promise<readonly Candidate[]> {
  if (inputsOf !== undefined) return inputFlags(invocation, inputsOf);
  switch (names?.of) {
    case undefined:
      return [];
    case 'definition':
      return definitions(invocation);
    case 'agent':
      return (
        (await worldOf(invocation)).agents?.map(({ name, skills = [] }) => ({
          word: name,
          about: skills.join(', '),
        })) ?? []
      );
    case 'trigger':
      return triggers(invocation);
    case 'code':
      return (await errorPages()).flatMap(({ texts }) =>
        texts.map(({ code, meaning }) => ({ word: code, about: firstSentence(meaning) })),
      );
    case 'run':
      return (await isUp(invocation)) ? runs(invocation) : [];
    case 'task':
      return names.run !== undefined && (await isUp(invocation)) ? tasks(invocation, names.run) : [];
  }
}

/** What the server knows where one is up; nothing is started for a word. */
async function worldOf({ app, projectDir }: Invocation) {
  return (await app.registered(projectDir())) ?? app.world(projectDir());
}

async function isUp({ app, io, projectDir }: Invocation): Promise<boolean> {
  if ((io.env['NATS_URL'] ?? '') !== '') return true;

  return app.isUp(projectDir());
}

async function definitions({ app, projectDir }: Invocation): Promise<readonly Candidate[]> {
  const files = await (await app.definitionFiles(projectDir())).list();

  return files.flatMap(({ loaded }) =>
    loaded === undefined ? [] : [{ word: loaded.ref.id, about: loaded.definition.name ?? '' }],
  );
}

async function inputFlags(invocation: Invocation, name: string): Promise<readonly Candidate[]> {
  const files = await (await invocation.app.definitionFiles(invocation.projectDir())).called(name);
  const { loaded } = files[0] ?? (await resolveFile(invocation, name));

  return Object.entries(loaded?.definition.input ?? {}).map(([input, { description = '' }]) => ({
    word: `--${input}`,
    about: description,
  }));
}

async function triggers({ app, projectDir }: Invocation): Promise<readonly Candidate[]> {
  const files = await (await app.definitionFiles(projectDir())).list();

  return files.flatMap(({ source, loaded }) =>
    source !== 'project' || loaded === undefined
      ? []
      : loaded.definition.triggers.flatMap(({ id, kind }) =>
          id === undefined ? [] : [{ word: id, about: `${kind} of ${loaded.ref.id}` }],
        ),
  );
}

const runsMax = 30;

/** The latest runs, and the words that stand for one. */
function runs(invocation: Invocation): Promise<readonly Candidate[]> {
  return withRuns(invocation, async ({ runs: index }) => {
    const { items } = await pageOfRuns(index, {}, { sort: 'updated', limit: runsMax });
    const lines = items.map(({ run, head }) => ({
      word: shortId(run),
      about: [head.key, head.definition.id, head.status.toLowerCase()].filter(Boolean).join(' '),
    }));

    return [
      ...lines,
      { word: '@last', about: 'the run that was started last' },
      { word: '@failed', about: 'the run that failed last' },
    ];
  });
}

function tasks(invocation: Invocation, name: string): Promise<readonly Candidate[]> {
  return withSession(invocation, 'none', async ({ workflows }) => {
    const { definition, state } = await workflows.view(await workflows.resolve(name));
    const places = placesOf(definition);

    return Object.entries(state.tasks).map(([id, task]) => ({
      word: id,
      about: [places.get(id)?.task.name, task.state].filter(Boolean).join(', '),
    }));
  });
}
