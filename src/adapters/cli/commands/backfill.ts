import type { ExitCode } from '../exit-codes.ts';
import { type Invocation, quoted } from '../invocation.ts';
import { formatTime } from '../render/times.ts';
import { granted, triggerNamed, warnUnattended, withTriggers } from '../with-triggers.ts';
import { timeSpan } from '../zoned-time.ts';
import { actorOf } from './actor.ts';
import { scheduleNamed } from './schedules.ts';

export type BackfillFlags = { readonly from: string; readonly to?: string; readonly as?: string };

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
    const asked = desk.backfill(triggerNamed(name), { by, fromMs, toMs });
    const { ticks } = granted(invocation, await asked);
    output.document('Backfill', { schedule: name, by, total: ticks.length, ticks });
    output.data(
      `${ticks.length} ${ticks.length === 1 ? 'run' : 'runs'} of ${name}, ${spanOf(invocation, ticks)}`,
    );
    if (await warnUnattended(invocation, desk)) output.note(`  ${hint('schedules', 'show', quoted(name))}`);

    return 0;
  });
}

function spanOf({ options, io }: Invocation, ticks: readonly string[]): string {
  const time = (iso: string | undefined) => formatTime(iso, options.time ?? 'utc', io.clock.now());

  return ticks.length === 1 ? `of ${time(ticks[0])}` : `from ${time(ticks[0])} to ${time(ticks.at(-1))}`;
}
