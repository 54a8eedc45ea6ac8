import type { TriedBackfill } from '../../../ports/events/trigger-admin.ts';
import { formatTime } from '../../../terminal/render/times.ts';
import type { ExitCode } from '../../exit-codes.ts';
import { type Invocation, quoted } from '../../invocation.ts';
import { timeSpan } from '../../time-flags.ts';
import { granted, triggerNamed, warnUnattended, withTriggers } from '../../with-triggers.ts';
import { actorOf } from '../actor.ts';
import { scheduleNamed } from './schedules.ts';

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
  flags: BackfillFlags,
): Promise<ExitCode> {
  const { output, io, hint } = invocation;

  return withTriggers(invocation, async (desk) => {
    const by = actorOf(io, flags.as);
    const { trigger } = await scheduleNamed(invocation, desk, name);
    const { fromMs } = timeSpan('--from', flags.from, trigger.timezone);
    const toMs =
      flags.to === undefined ? io.clock.now() : timeSpan('--to', flags.to, trigger.timezone).untilMs;
    const asked = { by, fromMs, toMs };
    if (flags.dryRun === true)
      return tell(invocation, name, granted(invocation, await desk.tryBackfill(triggerNamed(name), asked)));
    const { ticks } = granted(invocation, await desk.backfill(triggerNamed(name), asked));
    output.document('Backfill', { schedule: name, by, total: ticks.length, ticks });
    output.data(`${counted(ticks.length)} of ${name}, ${spanOf(invocation, ticks)}`);
    if (await warnUnattended(invocation, desk)) output.note(`  ${hint('schedules', 'show', quoted(name))}`);

    return 0;
  });
}

/** Ticks to start, and ticks whose runs exist. */
function tell(invocation: Invocation, name: string, { ticks, there }: TriedBackfill): ExitCode {
  const { output } = invocation;
  output.document('Backfill', { schedule: name, dryRun: true, total: ticks.length, ticks, there });
  output.data(`${counted(ticks.length)} of ${name}, ${spanOf(invocation, ticks)}`);
  if (there.length > 0) output.data(`${there.length} of them ${isOrAre(there.length)} there already`);
  output.note(`${counted(ticks.length - there.length)} would be started; nothing was changed`);

  return 0;
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
