import type { EventOutcome } from '../../../../events/event-outcome.ts';
import { eventUseCases } from '../../../operations/events/use-cases.ts';
import { CliFailure } from '../../cli-failure.ts';
import type { ExitCode } from '../../exit-codes.ts';
import type { Invocation } from '../../invocation.ts';
import { outcomeTable, outcomeText } from '../../text/outcome-text.ts';
import { carriedOut, warnUnattended, withPorts } from '../../with-ports.ts';
import { limitOf, type PageFlags } from '../paged-list.ts';

export type EventListFlags = Omit<PageFlags, 'all'> & {
  readonly status?: EventOutcome['status'];
  readonly type?: string;
  readonly since?: string;
};

/** `workflow events list`: what became of the events that came in, the latest first. */
export async function listEvents(invocation: Invocation, flags: EventListFlags): Promise<ExitCode> {
  const { output, hint } = invocation;
  const input = { ...flags, limit: limitOf(flags.limit) };

  return withPorts<ExitCode>(invocation, async (ports) => {
    const list = await carriedOut(invocation, ports, eventUseCases.list, { input });
    const { items, next } = list;
    output.document('EventList', list);
    if (items.length > 0) output.data(outcomeTable(invocation, items));
    else if (await warnUnattended(invocation, ports.triggers)) output.note('no event that fits has come in');
    if (next !== undefined) output.note(`there are more: --limit <count>, or --after ${next}`);
    else if (items.length > 0) output.note(`all about one: ${hint('events', 'show', '<position>')}`);

    return 0;
  });
}

/** `workflow events show <position>`: all about one event, and what every definition and run made of it. */
export async function showEvent(invocation: Invocation, position: string): Promise<ExitCode> {
  const { output, hint } = invocation;
  if (!/^[1-9]\d{0,14}$/.test(position))
    throw new CliFailure(
      'usage.position',
      `"${position}" is no position of an event, a whole number from 1 on`,
      hint('events', 'list'),
    );

  return withPorts<ExitCode>(invocation, async (ports) => {
    const outcome = await carriedOut(invocation, ports, eventUseCases.show, { input: { position } });
    output.document('Event', outcome);
    output.data(outcomeText(invocation, outcome));

    return 0;
  });
}
