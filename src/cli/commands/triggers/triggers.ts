import type { Trigger } from '../../../../machines/definition.ts';
import type { TriggerView } from '../../../ports/events/trigger-admin.ts';
import { triggerDocument } from '../../../projections/trigger-document.ts';
import { formatTable } from '../../../terminal/render/table.ts';
import { oneLine } from '../../../terminal/render/width.ts';
import type { ExitCode } from '../../exit-codes.ts';
import type { Invocation } from '../../invocation.ts';
import { triggerState } from '../../text/trigger-text.ts';
import { warnUnattended, withTriggers } from '../../with-triggers.ts';

/** `workflow triggers list`: what starts runs by itself. */
export async function listTriggers(invocation: Invocation): Promise<ExitCode> {
  const { output } = invocation;

  return withTriggers(invocation, async (desk) => {
    const triggers = await desk.triggers();
    output.document('TriggerList', { total: triggers.length, items: triggers.map(triggerDocument) });
    if (triggers.length === 0)
      output.note('no triggers; a definition has them under "triggers:", and `workflow serve` registers it');
    else {
      output.data(triggerTable(invocation, triggers));
      await warnUnattended(invocation, desk);
    }

    return 0;
  });
}

function triggerTable({ output }: Invocation, triggers: readonly TriggerView[]): string {
  const columns = output.columns();

  return formatTable(
    [
      { title: 'TRIGGER' },
      { title: 'DEFINITION', flexible: true },
      { title: 'KIND' },
      { title: 'STARTS ON', flexible: true },
      { title: 'STATE', flexible: true },
    ],
    triggers.map((view) => [
      view.id,
      `${view.definition.id} v${view.definition.version}`,
      kindOf(view.trigger),
      oneLine(startsOn(view.trigger)),
      oneLine(triggerState(view)),
    ]),
    { ...(columns === undefined ? {} : { columns }), title: output.paint.dim },
  );
}

function kindOf({ kind }: Trigger): string {
  return kind === 'cron' ? 'schedule' : kind;
}

function startsOn(trigger: Trigger): string {
  switch (trigger.kind) {
    case 'event':
      return trigger.when === undefined ? trigger.on : `${trigger.on} when ${trigger.when}`;
    case 'cron':
      return `${trigger.cron} ${trigger.timezone}`;
    case 'file':
      return trigger.glob;
  }
}
