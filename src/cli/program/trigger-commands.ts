import { type Command, Option } from 'commander';
import type { Act } from '../act.ts';
import type { PageFlags } from '../commands/paged-list.ts';
import type { BackfillFlags } from '../commands/triggers/backfill.ts';
import type { BridgeCall, BridgeFlags } from '../commands/triggers/bridge.ts';
import type { EmitFlags } from '../commands/triggers/emit.ts';
import type { EventListFlags } from '../commands/triggers/events.ts';
import type { RunNowFlags } from '../commands/triggers/run-now.ts';
import type { PauseFlags } from '../commands/triggers/triggers.ts';
import { following, paged } from './run-options.ts';

const scheduleArgument = 'the name of a schedule, or <definition>/<name> where several have it';

const triggerArgument = 'the name of a trigger, or <definition>/<name> where several have it';

/** The commands about what starts runs by itself. */
export function addTriggerCommands(program: Command, act: Act): void {
  addSchedules(program, act);
  const triggers = program
    .command('triggers')
    .description('what starts runs by itself: events, schedules and files')
    .helpCommand(false);
  paged(triggers.command('list', { isDefault: true }))
    .description('those of the highest registered version of each definition')
    .action(
      act(async (invocation, flags: PageFlags) => {
        const { listTriggers } = await import('../commands/triggers/triggers.ts');
        return listTriggers(invocation, flags);
      }),
    );
  for (const verb of ['pause', 'resume'] as const) addPause(triggers, act, { verb, what: 'trigger' });
}

function addSchedules(program: Command, act: Act): void {
  const schedules = program
    .command('schedules')
    .description('what starts runs at certain times')
    .helpCommand(false);
  paged(schedules.command('list', { isDefault: true }))
    .description('all schedules, how far they have come and when they are due next')
    .action(
      act(async (invocation, flags: PageFlags) => {
        const { listSchedules } = await import('../commands/triggers/schedules.ts');
        return listSchedules(invocation, flags);
      }),
    );
  schedules
    .command('show')
    .argument('<schedule>', scheduleArgument)
    .description('everything about a schedule, with the next ten times')
    .action(
      act(async (invocation, schedule: string, _flags: object) => {
        const { showSchedule } = await import('../commands/triggers/schedules.ts');
        return showSchedule(invocation, schedule);
      }),
    );
  for (const verb of ['pause', 'resume'] as const) addPause(schedules, act, { verb, what: 'schedule' });
  addRunNow(schedules, act);
  addBackfill(schedules, act);
}

function addPause(
  group: Command,
  act: Act,
  { verb, what }: { readonly verb: 'pause' | 'resume'; readonly what: 'trigger' | 'schedule' },
): void {
  const command = group
    .command(verb)
    .argument(`<${what}>`, what === 'schedule' ? scheduleArgument : triggerArgument)
    .description(
      verb === 'resume'
        ? `have a ${what} that is paused start runs again`
        : `have a ${what} start nothing until it is resumed; what was due meanwhile is not made up for`,
    )
    .option('--as <name>', 'who does it');
  if (verb === 'pause') command.option('--reason <text>', 'why');
  command.action(
    act(async (invocation, name: string, flags: PauseFlags) => {
      const { pauseTrigger, resumeTrigger } = await import('../commands/triggers/triggers.ts');
      return (verb === 'pause' ? pauseTrigger : resumeTrigger)(invocation, { name, kind: what, flags });
    }),
  );
}

function addRunNow(schedules: Command, act: Act): void {
  following(schedules.command('run-now'))
    .argument('<schedule>', scheduleArgument)
    .description('have a schedule start a run now, paused or not, and follow it')
    .action(
      act(async (invocation, schedule: string, flags: RunNowFlags) => {
        const { runNow } = await import('../commands/triggers/run-now.ts');
        return runNow(invocation, schedule, flags);
      }),
    );
}

function addBackfill(schedules: Command, act: Act): void {
  schedules
    .command('backfill')
    .argument('<schedule>', scheduleArgument)
    .description(
      'have a schedule start the runs of times that have passed; each time has one run, however often',
    )
    .requiredOption('--from <time>', 'the first day or time, such as 2026-01-31 or 2026-01-31T09:00')
    .option('--to <time>', 'the last day or time (default: now)')
    .option('--dry-run', 'tell how many runs that would be, and start none')
    .option('--as <name>', 'who does it')
    .addHelpText('after', '\nTimes without a zone (Z, +02:00) are in the time zone of the schedule.')
    .action(
      act(async (invocation, schedule: string, flags: BackfillFlags) => {
        const { backfill } = await import('../commands/triggers/backfill.ts');
        return backfill(invocation, schedule, flags);
      }),
    );
}

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
    .option('--after <cursor>', '`next` of the page before')
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

/** The command for those who write in a chat. `run` carries a command line out. */
export function addBridgeCommand(program: Command, act: Act, run: BridgeCall['run']): void {
  program
    .command('bridge')
    .argument('[line]', "a line such as '@workflow orders amount=5', or - for those of stdin")
    .description('carry out the @workflow lines that agents and people type in a chat')
    .option('--watch <file>', 'those that are appended to a file of the project, until it is stopped')
    .option('--answers <file>', 'where their answers are appended (default: 0UT.3OX/WORKFLOW.ANSWERS.yaml)')
    .option('--as <name>', 'who does it (default: WORKFLOW_USER, else the user that is logged in)')
    .action(
      act(async (invocation, line: string | undefined, flags: BridgeFlags) => {
        const { bridge } = await import('../commands/triggers/bridge.ts');
        return bridge(invocation, { line, flags, run });
      }),
    );
}
