import { z } from 'zod';
import type { triggerOperations } from '../../api/operations/triggers.ts';
import { BackfillReport, BackfillRequest, TriggerList, TriggerNamed } from '../../api/triggers.ts';
import type { TriggerRefusal, TriggersDesk } from '../../ports/events/trigger-admin.ts';
import { triggerRow } from '../../projections/trigger-document.ts';
import { writtenTimeMs } from '../../projections/where.ts';
import { RequestRefused, type UseCasesOf, useCase } from '../use-case.ts';

export const triggerUseCases = {
  list: useCase(z.object({}), TriggerList, ({ triggers }) => triggerList(triggers)),
  pause: useCase(
    TriggerNamed.extend({ reason: z.string().max(2_000).optional() }),
    TriggerList,
    async ({ triggers }, { reason, ...name }, { actor: by }) => {
      granted(await triggers.pause(name, { by, reason }));

      return triggerList(triggers);
    },
  ),
  resume: useCase(TriggerNamed, TriggerList, async ({ triggers }, name, { actor: by }) => {
    granted(await triggers.resume(name, { by }));

    return triggerList(triggers);
  }),
  run: useCase(TriggerNamed, z.object({ run: z.string() }), async ({ triggers }, name, { actor: by }) =>
    granted(await triggers.runNow(name, { by })),
  ),
  backfill: useCase(
    TriggerNamed.extend(BackfillRequest.shape),
    BackfillReport,
    async ({ triggers, clock }, { from, to, dryRun, ...name }, { actor: by }) => {
      const span = { by, fromMs: timeOf(from), toMs: to === undefined ? clock.now() : timeOf(to) };
      if (!dryRun) return { dryRun, ticks: [...granted(await triggers.backfill(name, span)).ticks] };
      const { ticks, there } = granted(await triggers.tryBackfill(name, span));

      return { dryRun, ticks: [...ticks], there: [...there] };
    },
  ),
} satisfies UseCasesOf<typeof triggerOperations>;

const nextListed = 3;

/** All triggers, schedules with what is due next. */
async function triggerList(triggers: TriggersDesk): Promise<TriggerList> {
  const [all, schedules] = await Promise.all([triggers.triggers(), triggers.schedules(nextListed)]);
  const byName = new Map(schedules.map((each) => [nameOf(each), each]));

  return { triggers: all.map((view) => triggerRow(view, byName.get(nameOf(view)))) };
}

function nameOf({ definition, id }: { readonly definition: { readonly id: string }; readonly id: string }) {
  return `${definition.id}/${id}`;
}

function granted<Result extends object | undefined>(result: Result | TriggerRefusal): Result {
  if (result !== undefined && 'code' in result && 'message' in result) throw new RequestRefused(result);

  return result as Result;
}

function timeOf(text: string): number {
  const ms = writtenTimeMs(text);
  if (ms !== undefined) return ms;

  throw new RequestRefused({
    code: 'usage.time',
    message: `"${text}" is no time, such as 2026-01-31 or 2026-01-31T09:00:00Z`,
  });
}
