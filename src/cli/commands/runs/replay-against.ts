import type { LoadedDefinition } from '../../../../machines/language/load-definition.ts';
import { resolveDefinition } from '../../../operations/definitions/resolve-definition.ts';
import type { WhatIfReport } from '../../../ports/runs/what-ifs.ts';
import type { Workflows } from '../../../ports/runs/workflows.ts';
import { parseWhere } from '../../../projections/where.ts';
import type { ExitCode } from '../../exit-codes.ts';
import { type Invocation, withSession } from '../../invocation.ts';
import { definitionSources } from '../../start/definition-sources.ts';
import { countsOf, countsText, whatIfTable } from '../../text/what-if-text.ts';
import { namedRun } from './named-run.ts';

/** `workflow replay ... --against <definition>`: what runs that were recorded would have done by another definition. */
export async function replayAgainst(
  invocation: Invocation,
  name: string | undefined,
  { against, where }: { readonly against: string; readonly where?: readonly string[] },
): Promise<ExitCode> {
  const { output } = invocation;
  const matches = where === undefined ? undefined : parseWhere(where);

  return withSession<ExitCode>(invocation, 'none', async ({ workflows }) => {
    const { loaded } = await resolveDefinition(await definitionSources(invocation, workflows), against);
    const runs =
      name === undefined
        ? (await runsOf(workflows, loaded)).filter((line) => matches?.(line) ?? true).map(({ run }) => run)
        : [await namedRun(invocation, workflows, name)];
    const reports: WhatIfReport[] = [];
    for (const run of runs) reports.push(await workflows.whatIf(run, loaded));
    output.document('WhatIfReport', { definition: loaded.ref, ...countsOf(reports), items: reports });
    if (reports.length > 0) output.data(whatIfTable(output, reports));
    output.note(countsText(`${loaded.ref.id} v${loaded.ref.version}`, reports));

    return reports.every(({ whatIf }) => whatIf.kind === 'same') ? 0 : 7;
  });
}

/** Runs of any version of the definition, latest change first. */
async function runsOf(workflows: Workflows, { ref }: LoadedDefinition) {
  return (await workflows.list()).filter(({ head }) => head.definition.id === ref.id);
}
