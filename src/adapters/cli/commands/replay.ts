import type { ReplayReport, Workflows } from '../../../ports/workflows.ts';
import { CliFailure } from '../cli-failure.ts';
import type { ExitCode } from '../exit-codes.ts';
import { type Invocation, withSession } from '../invocation.ts';
import { shortId } from '../render/short-id.ts';
import { oneLine } from '../render/width.ts';
import { namedRun } from './named-run.ts';

/** `workflow replay <run>`: folds a run again from its journal and compares every transition, head and hash. */
export async function replay(
  invocation: Invocation,
  name: string | undefined,
  flags: { readonly all?: boolean },
): Promise<ExitCode> {
  const { output } = invocation;
  if ((name === undefined) === (flags.all !== true)) {
    throw new CliFailure('usage.run', 'name the run to replay, or give --all', invocation.hint('list'));
  }

  return withSession<ExitCode>(invocation, 'none', async ({ workflows }) => {
    const runs =
      name === undefined ? await allRuns(workflows) : [await namedRun(invocation, workflows, name)];
    const reports: ReplayReport[] = [];
    for (const run of runs) {
      const report = await workflows.replay(run);
      reports.push(report);
      for (const line of reportLines(report, output)) output.data(line);
    }
    const differing = reports.filter(({ differences }) => differences.length > 0).length;
    output.document('ReplayReport', { total: reports.length, differing, items: reports });
    if (name === undefined) output.note(`${reports.length} runs replayed, ${differing} differ`);

    return differing === 0 ? 0 : 7;
  });
}

async function allRuns(workflows: Workflows): Promise<readonly string[]> {
  return (await workflows.list()).map(({ run }) => run);
}

function reportLines(report: ReplayReport, { paint }: Invocation['output']): readonly string[] {
  const { definition, differences, events, run, stateHash } = report;
  const about = `${shortId(run)}  ${definition.id} v${definition.version}  ${events} events`;
  if (differences.length === 0) {
    return [`${paint.glyph('COMPLETED')} ${about}  exact  ${paint.dim(`state ${stateHash.slice(0, 16)}`)}`];
  }

  return [
    `${paint.glyph('FAILED')} ${about}  ${paint.look('failed', 'differs')}`,
    ...differences.map(
      ({ sequence, code, message }) =>
        `  at event ${sequence}: ${oneLine(message)} ${paint.dim(`[${code}]`)}`,
    ),
  ];
}
