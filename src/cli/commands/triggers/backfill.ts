import type { BackfillReport } from '../../../api/triggers.ts';
import { triggerUseCases } from '../../../operations/triggers/use-cases.ts';
import { formatTime } from '../../../terminal/render/times.ts';
import type { ExitCode } from '../../exit-codes.ts';
import { type Invocation, quoted } from '../../invocation.ts';
import { carriedOut, warnUnattended, withPorts } from '../../with-ports.ts';
import { triggerNamed } from './triggers.ts';

export type BackfillFlags = {
  readonly from: string;
  readonly to?: string;
  readonly dryRun?: boolean;
  readonly as?: string;
};

/** `workflow schedules backfill <schedule>`: the runs of times that have passed. */
export async function backfill(
  invocation: Invocation,
  name: string,
  { as, ...span }: BackfillFlags,
): Promise<ExitCode> {
  const { output, hint } = invocation;

  return withPorts<ExitCode>(invocation, async (ports) => {
    const input = { ...triggerNamed(name), ...span };
    const report = await carriedOut(invocation, ports, triggerUseCases.backfill, { input, as });
    output.document('Backfill', report);
    output.data(`${counted(report.ticks.length)} of ${name}, ${spanOf(invocation, report.ticks)}`);
    if (report.dryRun) tellTried(invocation, report);
    else if (await warnUnattended(invocation, ports.triggers))
      output.note(`  ${hint('schedules', 'show', quoted(name))}`);

    return 0;
  });
}

function tellTried({ output }: Invocation, { ticks, there = [] }: BackfillReport): void {
  if (there.length > 0) output.data(`${there.length} of them ${isOrAre(there.length)} there already`);
  output.note(`${counted(ticks.length - there.length)} would be started; nothing was changed`);
}

function counted(runs: number): string {
  return `${runs} ${runs === 1 ? 'run' : 'runs'}`;
}

function isOrAre(count: number): string {
  return count === 1 ? 'is' : 'are';
}

function spanOf({ options, io }: Invocation, ticks: readonly string[]): string {
  const time = (iso: string | undefined) => formatTime(iso, options.time ?? 'utc', io.clock.now());

  return ticks.length === 1 ? `of ${time(ticks[0])}` : `from ${time(ticks[0])} to ${time(ticks.at(-1))}`;
}
