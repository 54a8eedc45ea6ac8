import {
  type ChangeOutcome,
  changeable,
  changeRuns,
  refusalOfCount,
} from '../../operations/runs/change-runs.ts';
import { runLinesOf, sumOf } from '../../operations/runs/run-lines.ts';
import type { RunSummary } from '../../ports/runs/run-index.ts';
import { parseTerms } from '../../projections/where.ts';
import { oneLine } from '../../terminal/render/width.ts';
import { CliFailure } from '../cli-failure.ts';
import { actorOf } from '../commands/actor.ts';
import type { Change } from '../commands/runs/change.ts';
import { runTable } from '../commands/runs/list.ts';
import { type ExitCode, exitCodeOf } from '../exit-codes.ts';
import { type Invocation, withSession } from '../invocation.ts';

/** Options of a command that changes one run, or all that match. */
export type ManyFlags = {
  readonly where?: readonly string[];
  readonly dryRun?: boolean;
  readonly expectCount?: string;
  readonly yes?: boolean;
  readonly as?: string;
};

/** Changes the named run, or all that `--where` matches. Throws CliFailure. */
export async function oneOrMany(
  invocation: Invocation,
  name: string | undefined,
  {
    change,
    flags,
    one,
  }: {
    readonly change: Change;
    readonly flags: ManyFlags;
    readonly one: (name: string) => Promise<ExitCode>;
  },
): Promise<ExitCode> {
  if ((name === undefined) === (flags.where === undefined)) {
    const message = `name the run to ${change.verb}, or say which ones with --where, not both`;
    throw new CliFailure('usage.run', message, invocation.hint('list'));
  }
  if (name === undefined) return changeMany(invocation, change, flags);
  if (flags.dryRun === true || flags.expectCount !== undefined) {
    throw new CliFailure('usage.flags', '--dry-run and --expect-count go with --where');
  }

  return one(name);
}

async function changeMany(invocation: Invocation, change: Change, flags: ManyFlags): Promise<ExitCode> {
  const { io, output } = invocation;
  const terms = parseTerms(flags.where ?? []);
  const expected = countOf(flags.expectCount);
  // Runs are moved by a running engine: this process only records the changes.
  const engine = flags.dryRun === true ? 'none' : 'recording';

  return withSession<ExitCode>(invocation, engine, async ({ workflows }) => {
    const { runs } = workflows;
    const chosen = await changeable(runs, { terms }, 'updated');
    const differs = refusalOfCount(chosen.length, expected);
    if (differs !== undefined)
      throw new CliFailure(differs.code, differs.message, 'add --dry-run to see which');
    const lines = runLinesOf(await runs.known());
    const { shortId } = lines;
    if (flags.dryRun === true) {
      lines.look(await workflows.surroundings(), io.clock.now);
      return dryRun(invocation, change, { chosen, lines, total: sumOf(await runs.counts()) });
    }
    if (chosen.length > 0) await confirmed(invocation, change, { flags, count: chosen.length });
    const outcomes = await changeRuns(
      workflows,
      chosen.map(({ run }) => run),
      {
        by: actorOf(io, flags.as),
        command: (run) => change.command(run, workflows),
        onOutcome: (outcome) =>
          output.data(outcomeLine(outcome, shortId(outcome.run), { change, invocation })),
      },
    );

    return report(invocation, change, outcomes);
  });
}

function dryRun(
  invocation: Invocation,
  { verb }: Change,
  {
    chosen,
    lines,
    total,
  }: {
    readonly chosen: readonly RunSummary[];
    readonly lines: ReturnType<typeof runLinesOf>;
    readonly total: number;
  },
): ExitCode {
  const { output } = invocation;
  const items = chosen.map(({ run, head }) => ({ run, status: head.status, definition: head.definition }));
  output.document('ChangeReport', { command: verb, dryRun: true, total: chosen.length, items });
  if (chosen.length > 0) output.data(runTable(invocation, chosen, lines));
  output.note(`${chosen.length} of ${total} runs fit; nothing was changed`);

  return 0;
}

/** `--expect-count` and `--yes` replace the question. */
async function confirmed(
  { io, output }: Invocation,
  { verb, warning }: Change,
  { flags, count }: { readonly flags: ManyFlags; readonly count: number },
): Promise<void> {
  if (flags.yes === true || flags.expectCount !== undefined) return;
  const what = `${count} ${count === 1 ? 'run fits' : 'runs fit'}`;
  if (io.prompt === undefined || output.json) {
    const message = `${what}; add --yes or --expect-count ${count} to ${verb} them`;
    throw new CliFailure('usage.confirm', message, 'add --dry-run to see which');
  }
  const answer = await io.prompt(
    `${what}. ${verb} all of them?${warning === undefined ? '' : ` ${warning}`} [y/N] `,
  );
  if (!/^y(es)?$/i.test(answer.trim())) throw new CliFailure('usage.declined', 'nothing was changed');
}

function outcomeLine(
  { ok, sequence, refusal }: ChangeOutcome,
  id: string,
  { change, invocation }: { readonly change: Change; readonly invocation: Invocation },
): string {
  const { paint } = invocation.output;
  if (ok) return `${paint.glyph('COMPLETED')} ${id}  ${change.done} (event ${sequence})`;

  return `${paint.glyph('FAILED')} ${id}  refused: ${oneLine(refusal?.message ?? '')} ${paint.dim(`[${refusal?.code}]`)}`;
}

function report(
  { output, hint }: Invocation,
  { verb, done }: Change,
  outcomes: readonly ChangeOutcome[],
): ExitCode {
  const refused = outcomes.filter(({ ok }) => !ok);
  const changedCount = outcomes.length - refused.length;
  output.document('ChangeReport', {
    command: verb,
    dryRun: false,
    total: outcomes.length,
    changed: changedCount,
    refused: refused.length,
    items: outcomes,
  });
  if (outcomes.length === 0) output.note('no run fits; nothing was changed');
  else output.note(`${changedCount} ${done}, ${refused.length} refused`);
  if (changedCount > 0)
    output.note(`what follows from it is done by the engine that runs, or by ${hint('serve')}`);
  const exits = new Set(refused.map(({ refusal }) => exitCodeOf(refusal?.code ?? '')));
  const [only] = exits;

  return only === undefined ? 0 : exits.size === 1 ? only : 1;
}

function countOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const count = Number(text);
  if (text.trim() !== '' && Number.isInteger(count) && count >= 0) return count;

  throw new CliFailure('usage.expect-count', `--expect-count takes a whole number, not "${text}"`);
}
