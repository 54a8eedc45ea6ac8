import { z } from 'zod';
import type { Json } from '../../../events/canonical-json.ts';
import type { CloudEvent } from '../../../events/cloud-event.ts';
import { type KpiBelowTarget, type KpiPeriodClosed, kpiBelowTarget } from '../../../events/kpi-events.ts';
import { isoTime } from '../../../machines/due-time.ts';
import type { Kpi } from '../../../machines/goals/enterprise.ts';
import { defined } from '../../../machines/language/defined.ts';
import type { Clock } from '../../ports/clock.ts';
import type { EventPublisher } from '../../ports/events/event-publisher.ts';
import type { MarkStore } from '../../ports/mark-store.ts';
import { createMarks } from '../marks.ts';

const Told = z.object({ period: z.string() });

/**
 * Publishes an event for a KPI whose last period has missed its target, for triggers. Each period is told once; an
 * engine that dies between telling and noting that has it told again, with the same id, which starts nothing twice.
 */
export function createKpiTelling({
  events,
  marks,
  clock,
}: {
  readonly events: EventPublisher;
  readonly marks: MarkStore;
  readonly clock: Clock;
}): (kpi: Kpi, last: KpiPeriodClosed) => Promise<void> {
  const told = createMarks(marks, Told);
  const known = new Map<string, string>();

  return async (kpi, last) => {
    if (last.missed === 0 || known.get(kpi.name) === last.period) return;
    const key = `kpi/${kpi.name}`;
    const { value, revision } = await told.read(key);
    if (value?.period !== last.period) {
      await events.publish(eventOf(kpi, last, isoTime(clock.now())));
      await told.write(key, { period: last.period }, revision);
    }
    known.set(kpi.name, last.period);
  };
}

function eventOf(kpi: Kpi, { period, missed, value, target }: KpiPeriodClosed, time: string): CloudEvent {
  const { name, title, unit, goal, department, team } = kpi;
  const data: KpiBelowTarget = {
    kpi: name,
    period,
    periods: missed,
    value: value ?? 0,
    target: target ?? 0,
    ...defined({ title, unit, goal, department, team }),
  };

  return {
    specversion: '1.0',
    id: `kpi/${name}/${period}`,
    source: '/3ox/enterprise',
    type: kpiBelowTarget,
    subject: name,
    time,
    datacontenttype: 'application/json',
    hops: 1,
    // Nothing in it is undefined.
    data: data as unknown as Json,
  };
}
