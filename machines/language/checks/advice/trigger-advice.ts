import { outboundEvents } from '../../../../events/outbound-events.ts';
import type { Finding } from '../../finding.ts';
import type { Outline } from '../../outline.ts';

/** A workflow that takes every event of a type that its own runs publish starts itself again. */
export function adviseTriggers({ definition, sites }: Outline): readonly Finding[] {
  const { id, triggers } = definition;
  const asks = sites.some(({ task }) => task.type === 'HUMAN' && task.waitForApproval);

  return triggers.flatMap((trigger, index): readonly Finding[] => {
    if (trigger.kind !== 'event' || trigger.when !== undefined) return [];
    const { on } = trigger;
    if (!Object.hasOwn(outboundEvents, on) || (on.startsWith('approval.') && !asks)) return [];
    const message =
      `runs of "${id}" publish ${on} themselves, and so start the next one again and again; ` +
      `add when, such as event.source != "/3ox/${id}"`;

    return [
      {
        code: 'definition.endless-recursion',
        severity: 'warning',
        message,
        path: ['workflow', 'triggers', index, 'on'],
      },
    ];
  });
}
