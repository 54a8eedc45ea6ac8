import { letterOrder, pageOf } from '../../../operations/page.ts';
import type { DeadLetter } from '../../../ports/runs/dead-letters.ts';
import type { Workflows } from '../../../ports/runs/workflows.ts';
import { evidenceOf } from '../../../projections/run/run-why.ts';
import { shortId, shortIds } from '../../../terminal/render/short-id.ts';
import { formatTable } from '../../../terminal/render/table.ts';
import { formatTime, sirius } from '../../../terminal/render/times.ts';
import { oneLine } from '../../../terminal/render/width.ts';
import { CliFailure } from '../../cli-failure.ts';
import type { ExitCode } from '../../exit-codes.ts';
import { type Invocation, withSession } from '../../invocation.ts';
import { actorOf } from '../actor.ts';
import { accepted } from '../approvals/answer.ts';
import { limitOf, listed, noteMore, type PageFlags } from '../paged-list.ts';
import { reasonOption } from '../runs/change.ts';
import { type GoingOnFlags, goOn } from '../runs/going-on.ts';
import { namedRun } from '../runs/named-run.ts';

/** `workflow dead-letters list`: the tasks that failed for good and that nobody has gone on with. */
export async function listDeadLetters(invocation: Invocation, flags: PageFlags): Promise<ExitCode> {
  const { app, output, hint, projectDir } = invocation;
  const all = (await app.isNew(projectDir()))
    ? []
    : await withSession(invocation, 'none', ({ workflows }) => workflows.deadLetters());
  const limit = flags.all === true ? Number.POSITIVE_INFINITY : limitOf(flags.limit);
  const page = await listed(() => pageOf(all, letterOrder, { limit, after: flags.after }));
  output.document('DeadLetterList', page);
  if (page.items.length > 0) output.data(letterTable(invocation, page.items));
  noteMore(invocation, page);
  output.note(
    all.length === 0
      ? 'no dead letters'
      : `look at one with ${hint('dead-letters', 'show', '<run>')}, go on with ${hint('dead-letters', 'retry', '<run>')}`,
  );

  return 0;
}

function letterTable({ output, io, options }: Invocation, letters: readonly DeadLetter[]): string {
  const ids = shortIds([...new Set(letters.map(({ run }) => run))]);
  const columns = output.columns();
  const style = options.time ?? 'relative';

  return formatTable(
    [
      { title: 'RUN' },
      { title: 'STATUS' },
      { title: 'DEFINITION', flexible: true, givesWay: 3 },
      { title: 'TASK', flexible: true },
      { title: 'ATTEMPTS', align: 'right', givesWay: 1 },
      { title: 'AT', givesWay: 2 },
      { title: 'ERROR', flexible: true },
    ],
    letters.map(({ run, status, definition, task, attempts, at, error }) => [
      ids.get(run) ?? run,
      output.paint.status(status),
      `${definition.id} v${definition.version}`,
      task,
      String(attempts),
      formatTime(at, style, io.clock.now()),
      error === undefined ? '' : oneLine(`${error.code}: ${error.message}`),
    ]),
    { ...(columns === undefined ? {} : { columns }), title: output.paint.dim },
  );
}

/** `workflow dead-letters show <run>`: what went wrong, and what can be done. */
export async function showDeadLetters(invocation: Invocation, name: string): Promise<ExitCode> {
  const { output, hint } = invocation;

  return withSession<ExitCode>(invocation, 'none', async ({ workflows }) => {
    const run = await namedRun(invocation, workflows, name);
    const letters = await lettersOf(invocation, workflows, run);
    output.document('DeadLetterList', { total: letters.length, items: letters });
    for (const letter of letters) output.data(letterText(invocation, letter));
    const paused = letters.some(({ status }) => status === 'PAUSED');
    for (const verb of paused ? ['retry'] : ['retry', 'drop']) {
      output.note(`  ${hint('dead-letters', verb, shortId(run))}`);
    }

    return 0;
  });
}

function letterText({ output, io, options }: Invocation, letter: DeadLetter): string {
  const { task, run, definition, attempts, error, at, status } = letter;
  const { paint } = output;

  return [
    `${paint.status(status)}  ${paint.bold(task)}  ${error === undefined ? '' : oneLine(`${error.code}: ${error.message}`)}`,
    ...evidenceOf(error).map((line) => `  ${line}`),
    `  run         ${run}`,
    `  definition  ${definition.id} v${definition.version}`,
    `  attempts    ${attempts}`,
    `  failed      ${formatTime(at, options.time ?? 'utc', io.clock.now())}  ${sirius(at)}`,
  ].join('\n');
}

/** `workflow dead-letters retry <run>`: goes on from what failed; a run that is paused by it gets new attempts. */
export async function retryDeadLetters(
  invocation: Invocation,
  name: string,
  flags: GoingOnFlags & { readonly reason?: string },
): Promise<ExitCode> {
  return goOn(invocation, name, {
    flags,
    done: 'retried',
    command: async (run, { workflows }) => {
      const [letter] = await lettersOf(invocation, workflows, run);
      return { kind: letter?.status === 'PAUSED' ? 'resumeRun' : 'retryRun', ...reasonOption(flags) };
    },
  });
}

/** `workflow dead-letters drop <run>`: nobody goes on with it; its journal stays. */
export async function dropDeadLetters(
  invocation: Invocation,
  name: string,
  flags: { readonly as?: string; readonly reason?: string },
): Promise<ExitCode> {
  const { io, output, hint } = invocation;

  return withSession<ExitCode>(invocation, 'embedded', async ({ workflows }) => {
    const run = await namedRun(invocation, workflows, name);
    const [letter] = await lettersOf(invocation, workflows, run);
    if (letter?.status === 'PAUSED') {
      const message = `run ${run} waits for somebody because of ${letter.task}; skip that task, or cancel the run`;
      throw new CliFailure('dead-letter.paused', message, hint('skip', shortId(run), letter.task));
    }
    const command = { kind: 'dropDeadLetter', ...reasonOption(flags) } as const;
    const sequence = accepted(await workflows.command(run, command, actorOf(io, flags.as)), hint);
    output.document('Answer', { run, command: command.kind, sequence });
    output.data(`${run} dropped (event ${sequence})`);

    return 0;
  });
}

async function lettersOf(
  { hint }: Invocation,
  workflows: Workflows,
  run: string,
): Promise<readonly DeadLetter[]> {
  const letters = await workflows.deadLetters({ run });
  if (letters.length > 0) return letters;

  throw new CliFailure('dead-letter.none', `run ${run} has no dead letter`, hint('dead-letters', 'list'));
}
