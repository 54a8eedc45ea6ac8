import type { EventOutcome } from '../../../../events/event-outcome.ts';
import { CliFailure } from '../../cli-failure.ts';
import type { ExitCode } from '../../exit-codes.ts';
import type { Invocation } from '../../invocation.ts';
import { outcomeTable, outcomeText } from '../../text/outcome-text.ts';
import { sinceMs } from '../../time-flags.ts';
import { warnUnattended, withTriggers } from '../../with-triggers.ts';
import { limitOf } from '../limit-option.ts';

export type EventListFlags = {
  readonly status?: EventOutcome['status'];
  readonly type?: string;
  readonly since?: string;
  readonly limit: string;
};

/** `workflow events list`: what became of the events that came in, the latest first. */
export async function listEvents(invocation: Invocation, flags: EventListFlags): Promise<ExitCode> {
  const { output, io, hint } = invocation;
  const { status, type } = flags;
  const limit = limitOf(flags.limit);
  const since = sinceMs(flags.since, io.clock.now());

  return withTriggers(invocation, async (desk) => {
    const found = await desk.outcomes({ limit: limit + 1, status, type, sinceMs: since });
    const shown = found.slice(0, limit);
    output.document('EventList', { total: shown.length, hasMore: found.length > limit, items: shown });
    if (shown.length > 0) output.data(outcomeTable(invocation, shown));
    else if (await warnUnattended(invocation, desk)) output.note('no event that fits has come in');
    if (found.length > limit) output.note(`there are more; --limit <count> shows them`);
    else if (shown.length > 0) output.note(`all about one: ${hint('events', 'show', '<position>')}`);

    return 0;
  });
}

/** `workflow events show <position>`: all about one event, and what every definition and run made of it. */
export async function showEvent(invocation: Invocation, text: string): Promise<ExitCode> {
  const { output, hint } = invocation;
  const position = Number(text);
  if (!Number.isSafeInteger(position) || position < 1)
    throw new CliFailure(
      'usage.position',
      `"${text}" is no position of an event, a whole number from 1 on`,
      hint('events', 'list'),
    );

  return withTriggers(invocation, async (desk) => {
    const outcome = await desk.outcome(position);
    if (outcome === undefined) {
      const message = `of an event at position ${position} nothing is known: none came in there, or nobody has dealt with it yet, or that is more than 30 days ago`;
      throw new CliFailure('event.not-found', message, hint('events', 'list'));
    }
    output.document('EventOutcome', outcome);
    output.data(outcomeText(invocation, outcome));

    return 0;
  });
}
