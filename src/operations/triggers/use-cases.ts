import { z } from 'zod';
import { didYouMean } from '../../../machines/language/suggest.ts';
import type { triggerOperations } from '../../api/operations/triggers.ts';
import { TriggerRow } from '../../api/people.ts';
import {
  BackfillReport,
  BackfillRequest,
  RunAsked,
  TriggerList,
  TriggerNamed,
  TriggerQuery,
} from '../../api/triggers.ts';
import type { TriggerRefusal, TriggersDesk, TriggerView } from '../../ports/events/trigger-admin.ts';
import { triggerRow } from '../../projections/trigger-document.ts';
import { firstPage, type Order, type PageWanted, pageOf } from '../page.ts';
import { RequestRefused, type UseCasesOf, useCase } from '../use-case.ts';
import { timeSpan } from '../written-times.ts';

const nextListed = 3;
const nextShown = 10;

export const triggerUseCases = {
  list: useCase(TriggerQuery, TriggerList, ({ triggers }, wanted) => triggerList(triggers, wanted)),
  show: useCase(TriggerNamed, TriggerRow, async ({ triggers }, name) => {
    const schedules = await triggers.schedules(nextShown);
    const view = triggerNamed(name.kind === 'schedule' ? schedules : await triggers.triggers(), name);

    return triggerRow(
      view,
      schedules.find((each) => fullName(each) === fullName(view)),
    );
  }),
  pause: useCase(
    TriggerNamed.extend({ reason: z.string().max(2_000).optional() }),
    TriggerList,
    async ({ triggers }, { reason, kind, ...name }, { actor: by }) => {
      granted(await triggers.pause(name, { by, reason, what: kind }));

      return triggerList(triggers, firstPage);
    },
  ),
  resume: useCase(TriggerNamed, TriggerList, async ({ triggers }, { kind, ...name }, { actor: by }) => {
    granted(await triggers.resume(name, { by, what: kind }));

    return triggerList(triggers, firstPage);
  }),
  run: useCase(TriggerNamed, RunAsked, async ({ triggers }, name, { actor: by }) => {
    const { run } = granted(await triggers.runNow(name, { by }));

    return { run, attended: await triggers.isAttended() };
  }),
  backfill: useCase(
    TriggerNamed.extend(BackfillRequest.shape),
    BackfillReport,
    async ({ triggers, clock }, { from, to, dryRun, ...name }, { actor: by }) => {
      const { timezone } = triggerNamed(await triggers.schedules(0), { ...name, kind: 'schedule' }).trigger;
      const { fromMs } = timeSpan('from', from, timezone);
      const toMs = to === undefined ? clock.now() : timeSpan('to', to, timezone).untilMs;
      const span = { by, fromMs, toMs };
      if (!dryRun) return { dryRun, ticks: [...granted(await triggers.backfill(name, span)).ticks] };
      const { ticks, there } = granted(await triggers.tryBackfill(name, span));

      return { dryRun, ticks: [...ticks], there: [...there] };
    },
  ),
} satisfies UseCasesOf<typeof triggerOperations>;

type Listed = { readonly view: TriggerView; readonly nth: number };

/** By their definitions, and of one definition as they stand in it. */
const order: Order<Listed> = { name: 'triggers', place: ({ view, nth }) => [view.definition.id, nth] };

function asListed(all: readonly TriggerView[]): readonly Listed[] {
  const counts = new Map<string, number>();

  return all.map((view) => {
    const nth = counts.get(view.definition.id) ?? 0;
    counts.set(view.definition.id, nth + 1);

    return { view, nth };
  });
}

/** Triggers, schedules with what is due next. */
async function triggerList(
  triggers: TriggersDesk,
  { type, ...wanted }: PageWanted & Pick<TriggerQuery, 'type'>,
): Promise<TriggerList> {
  const [all, schedules] = await Promise.all([triggers.triggers(), triggers.schedules(nextListed)]);

  const byName = new Map(schedules.map((each) => [fullName(each), each]));

  const fitting = asListed(all).filter(({ view }) => type === undefined || view.trigger.kind === type);
  const { items, ...page } = pageOf(fitting, order, wanted);

  return { ...page, items: items.map(({ view }) => triggerRow(view, byName.get(fullName(view)))) };
}

/** The only one of that name. Throws RequestRefused if there is none, or several. */
function triggerNamed<View extends TriggerView>(
  all: readonly View[],
  { definition, trigger, kind = 'trigger' }: TriggerNamed,
): View {
  const found = all.filter(
    ({ id, definition: of }) => id === trigger && (definition === undefined || of.id === definition),
  );
  const [first] = found;
  if (found.length === 1 && first !== undefined) return first;
  if (first !== undefined) {
    const message = `several ${kind}s are called ${trigger}: ${found.map(fullName).join(', ')}`;
    throw new RequestRefused({ code: 'trigger.ambiguous', message });
  }
  const name = definition === undefined ? trigger : `${definition}/${trigger}`;
  const meant = didYouMean(
    name,
    all.map((each) => (definition === undefined ? each.id : fullName(each))),
  );
  throw new RequestRefused({
    code: 'trigger.unknown',
    message: `there is no ${kind} ${JSON.stringify(name)}${meant}`,
  });
}

function fullName({ definition, id }: TriggerView): string {
  return `${definition.id}/${id}`;
}

function granted<Result extends object | undefined>(result: Result | TriggerRefusal): Result {
  if (result !== undefined && 'code' in result && 'message' in result) throw new RequestRefused(result);

  return result as Result;
}
