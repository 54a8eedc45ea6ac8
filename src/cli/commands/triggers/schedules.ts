import { didYouMean } from '../../../../machines/language/suggest.ts';
import type { ScheduleView, TriggersDesk } from '../../../ports/events/trigger-admin.ts';
import { scheduleDocument } from '../../../projections/trigger-document.ts';
import { CliFailure } from '../../cli-failure.ts';
import type { ExitCode } from '../../exit-codes.ts';
import { type Invocation, quoted } from '../../invocation.ts';
import { scheduleTable, scheduleText } from '../../text/trigger-text.ts';
import { triggerNamed, warnUnattended, withTriggers } from '../../with-triggers.ts';

const nextListed = 3;
const nextShown = 10;

/** `workflow schedules list`: how far each schedule has come and when it is due next. */
export async function listSchedules(invocation: Invocation): Promise<ExitCode> {
  const { output, hint } = invocation;

  return withTriggers(invocation, async (desk) => {
    const schedules = await desk.schedules(nextListed);
    output.document('ScheduleList', { total: schedules.length, items: schedules.map(scheduleDocument) });
    if (schedules.length === 0)
      output.note(
        `no schedules; a definition has them as "cron" under "triggers:", and ${hint('serve')} registers it`,
      );
    else {
      output.data(scheduleTable(invocation, schedules));
      await warnUnattended(invocation, desk);
    }

    return 0;
  });
}

/** `workflow schedules show <schedule>`: everything about one. */
export async function showSchedule(invocation: Invocation, name: string): Promise<ExitCode> {
  const { output, hint } = invocation;

  return withTriggers(invocation, async (desk) => {
    const view = await scheduleNamed(invocation, desk, name);
    output.document('Schedule', scheduleDocument(view));
    output.data(scheduleText(invocation, view));
    const verb = view.paused === undefined ? 'pause' : 'resume';
    for (const each of [verb, 'run-now']) output.note(`  ${hint('schedules', each, quoted(name))}`);
    await warnUnattended(invocation, desk);

    return 0;
  });
}

/** The schedule of that name. Throws CliFailure if there is none, or several. */
export async function scheduleNamed(
  { hint }: Invocation,
  desk: TriggersDesk,
  name: string,
): Promise<ScheduleView> {
  const { definition, trigger } = triggerNamed(name);
  const all = await desk.schedules(nextShown);
  const found = all.filter(
    ({ id, definition: of }) => id === trigger && (definition === undefined || of.id === definition),
  );
  const [first] = found;
  if (found.length === 1 && first !== undefined) return first;
  const list = hint('schedules', 'list');
  if (first === undefined) {
    const names = definition === undefined ? all.map(({ id }) => id) : all.map(fullName);
    const meant = didYouMean(name, names);
    throw new CliFailure('trigger.unknown', `there is no schedule ${JSON.stringify(name)}${meant}`, list);
  }
  const names = found.map(fullName).join(', ');
  throw new CliFailure('trigger.ambiguous', `several schedules are called ${name}: ${names}`, list);
}

function fullName({ id, definition }: ScheduleView): string {
  return `${definition.id}/${id}`;
}
