import { type Command, Option } from 'commander';
import type { Act } from '../act.ts';
import type { EmitFlags } from '../commands/triggers/emit.ts';
import type { EventListFlags } from '../commands/triggers/events.ts';

/** The commands about events that come in: publishing one, and what became of them. */
export function addEventCommands(program: Command, act: Act): void {
  program
    .command('emit')
    .argument('<type>', 'the type of the event, such as order.paid')
    .description('publish an event: it starts the runs, and wakes those, that want it')
    .option('--data <json>', 'what it says: JSON, @<file>, or - for stdin')
    .option(
      '--id <id>',
      'its id; a second event with the same id and source is the same event (default: a new one)',
    )
    .option('--source <source>', 'where it comes from (default: /cli/<you>)')
    .option('--subject <subject>', 'what it is about')
    .option('--at <time>', 'when it happened (default: now)')
    .option('--as <name>', 'who publishes it (default: WORKFLOW_USER, else the user that is logged in)')
    .option('--wait', 'wait until an engine has dealt with it, and show what became of it')
    .option('--timeout <duration>', 'with --wait: wait at most so long (default: 30s)')
    .action(
      act(async (invocation, type: string, flags: EmitFlags) => {
        const { emit } = await import('../commands/triggers/emit.ts');
        return emit(invocation, type, flags);
      }),
    );
  addEvents(program, act);
}

function addEvents(program: Command, act: Act): void {
  const events = program
    .command('events')
    .description('what became of the events that came in during the last 30 days')
    .helpCommand(false);
  const statuses = ['taken', 'ignored', 'refused', 'dead'];
  events
    .command('list', { isDefault: true })
    .description('the latest first: what they started or woke, or why nobody wanted them')
    .addOption(new Option('--status <status>', 'only those that were').choices(statuses))
    .option('--type <type>', 'only those of this type')
    .option('--since <time>', 'only those dealt with since: 7d, 12h, or a time such as 2026-01-31T09:00:00Z')
    .option('--limit <count>', 'at most so many', '20')
    .action(
      act(async (invocation, flags: EventListFlags) => {
        const { listEvents } = await import('../commands/triggers/events.ts');
        return listEvents(invocation, flags);
      }),
    );
  events
    .command('show')
    .argument('<position>', 'the position of an event, as the list has it')
    .description('all about one event, and what every definition and run made of it')
    .action(
      act(async (invocation, position: string, _flags: object) => {
        const { showEvent } = await import('../commands/triggers/events.ts');
        return showEvent(invocation, position);
      }),
    );
}
