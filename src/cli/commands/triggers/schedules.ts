import { triggerUseCases } from '../../../operations/triggers/use-cases.ts';
import type { ExitCode } from '../../exit-codes.ts';
import { type Invocation, quoted } from '../../invocation.ts';
import { scheduleTable, scheduleText } from '../../text/trigger-text.ts';
import { carriedOut, listThere, warnUnattended, withPorts } from '../../with-ports.ts';
import { noteMore, type PageFlags, wantedPage } from '../paged-list.ts';
import { triggerNamed } from './triggers.ts';

/** `workflow schedules list`: how far each schedule has come and when it is due next. */
export async function listSchedules(invocation: Invocation, flags: PageFlags): Promise<ExitCode> {
  const { output, hint } = invocation;

  const list = await listThere(invocation, async (ports) => {
    const found = await wantedPage(flags, (wanted) =>
      carriedOut(invocation, ports, triggerUseCases.list, { input: { ...wanted, type: 'cron' } }),
    );
    if (found.items.length > 0) await warnUnattended(invocation, ports.triggers);
    return found;
  });
  output.document('TriggerList', list);
  if (list.items.length === 0)
    output.note(
      `no schedules; a definition has them as "cron" under "triggers:", and ${hint('serve')} registers it`,
    );
  else output.data(scheduleTable(invocation, list.items));
  noteMore(invocation, list);

  return 0;
}

/** `workflow schedules show <schedule>`: everything about one. */
export async function showSchedule(invocation: Invocation, name: string): Promise<ExitCode> {
  const { output, hint } = invocation;

  return withPorts<ExitCode>(invocation, async (ports) => {
    const input = { ...triggerNamed(name), kind: 'schedule' as const };
    const row = await carriedOut(invocation, ports, triggerUseCases.show, { input });
    output.document('Trigger', row);
    output.data(scheduleText(invocation, row));
    const verb = row.paused === undefined ? 'pause' : 'resume';
    for (const each of [verb, 'run-now']) output.note(`  ${hint('schedules', each, quoted(name))}`);
    await warnUnattended(invocation, ports.triggers);

    return 0;
  });
}
