import { leftOf, type RunBudget, shareOf, tighter, usedUp } from '../models/budget.ts';
import type { Run } from './run.ts';

/** Why no turn of a model begins: what is used up, or what somebody has to agree to first. */
export type BudgetStop = { readonly kind: 'exceeded' | 'ask'; readonly what: string };

/** Undefined while a turn may begin. Told by the journal alone: what was spent until now, and who was asked. */
export function budgetStop({ chart, state }: Run): BudgetStop | undefined {
  const { budget: own } = chart.definition;
  const most = budgetOf({ chart, state });
  if (most === undefined) return undefined;
  const gone = usedUp(most, state.spent);
  if (gone !== undefined) return { kind: 'exceeded', what: gone };
  if (own?.askAt === undefined || state.budgetAsked === true) return undefined;
  const soon = usedUp(shareOf(own.most, own.askAt), state.spent);

  return soon === undefined ? undefined : { kind: 'ask', what: soon };
}

/** What a run that this one starts may ask of models; undefined where nothing limits it. */
export function budgetLeft(run: Run): RunBudget | undefined {
  const most = budgetOf(run);

  return most === undefined ? undefined : leftOf(most, run.state.spent);
}

/** Whether what this run asks of models has to have a price. */
export function countsMoney(run: Run): boolean {
  return budgetOf(run)?.money !== undefined;
}

/** The most that the run may ask: of its definition, and of what the run that started it had left. */
function budgetOf({ chart, state }: Pick<Run, 'chart' | 'state'>): RunBudget | undefined {
  return tighter(chart.definition.budget?.most, state.budget);
}
