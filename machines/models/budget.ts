/** What asking models cost, and how much of that a run may. All of it follows from the journal. */
import type { Fact } from '../../events/catalogue.ts';
import type { ModelsSpent, ModelUsage } from '../../events/task-events.ts';
import { defined } from '../language/defined.ts';

/** The most that a run may ask of models, together with the runs that it starts. */
export type RunBudget = {
  readonly tokens?: number | undefined;
  /** In the currency of the prices in models.yaml. */
  readonly money?: number | undefined;
  readonly calls?: number | undefined;
  /** How long models may take for their answers, all calls together. */
  readonly ms?: number | undefined;
};

const nothing: ModelsSpent = { calls: 0, tokens: 0, ms: 0, money: 0 };

/** Sums of money are of whole billionths, so that they are the same in any order. */
const moneyParts = 1e9;

/** What a call costs by its tokens, at prices for a million of them. */
export function moneyFor(
  { inputTokens, outputTokens }: Pick<ModelUsage, 'inputTokens' | 'outputTokens'>,
  price: { readonly input: number; readonly output: number },
): number {
  return rounded((inputTokens * price.input + outputTokens * price.output) / 1e6);
}

/** The same with what a fact says that was spent; unchanged for all other facts. */
export function spentAfter(before: ModelsSpent | undefined, fact: Fact): ModelsSpent | undefined {
  if (fact.type === 'child.ended')
    return fact.data.spent === undefined ? before : plus(before, fact.data.spent);
  if (fact.type !== 'task.completed' && fact.type !== 'task.failed') return before;

  return fact.data.usage === undefined ? before : plus(before, spentBy(fact.data.usage));
}

function spentBy({ calls, inputTokens, outputTokens, ms, money }: ModelUsage): ModelsSpent {
  const tokens = inputTokens + outputTokens;
  const isUnpriced = money === undefined && tokens > 0;

  return { calls, tokens, ms, money: money ?? 0, ...(isUnpriced ? { unpriced: true as const } : {}) };
}

function plus(one: ModelsSpent = nothing, other: ModelsSpent): ModelsSpent {
  const isUnpriced = one.unpriced === true || other.unpriced === true;

  return {
    calls: one.calls + other.calls,
    tokens: one.tokens + other.tokens,
    ms: one.ms + other.ms,
    money: rounded(one.money + other.money),
    ...(isUnpriced ? { unpriced: true as const } : {}),
  };
}

function rounded(money: number): number {
  return Math.round(money * moneyParts) / moneyParts;
}

/** The smaller of two budgets, part by part; undefined where neither limits anything. */
export function tighter(one: RunBudget | undefined, other: RunBudget | undefined): RunBudget | undefined {
  if (one === undefined || other === undefined) return one ?? other;

  return eachPart((key) => {
    const [a, b] = [one[key], other[key]];
    return a === undefined || b === undefined ? (a ?? b) : Math.min(a, b);
  });
}

function eachPart(of: (key: keyof RunBudget) => number | undefined): RunBudget {
  return defined({ tokens: of('tokens'), money: of('money'), calls: of('calls'), ms: of('ms') });
}

/** What is left of a budget: of money nothing, where not all that was spent has a price. */
export function leftOf(budget: RunBudget, spent: ModelsSpent = nothing): RunBudget {
  return eachPart((key) => {
    const limit = budget[key];
    if (limit === undefined) return undefined;
    if (key !== 'money') return Math.max(0, limit - spent[key]);
    return spent.unpriced === true ? 0 : rounded(Math.max(0, limit - spent.money));
  });
}

/** The part of a budget that is used up, in words; undefined while something is left of all. */
export function usedUp(budget: RunBudget, spent: ModelsSpent = nothing): string | undefined {
  if (budget.money !== undefined && spent.unpriced === true)
    return 'money: some of what was asked has no known price, which counts as all there is';
  const parts: readonly (readonly [string, number | undefined, number])[] = [
    ['tokens', budget.tokens, spent.tokens],
    ['money', budget.money, spent.money],
    ['calls', budget.calls, spent.calls],
    ['ms of models', budget.ms, spent.ms],
  ];
  const found = parts.find(([, limit, used]) => limit !== undefined && used >= limit);

  return found === undefined ? undefined : `${found[0]}: ${found[2]} of ${found[1] ?? 0} are spent`;
}

/** A budget of which this share is left: where a soft limit asks. */
export function shareOf(budget: RunBudget, share: number): RunBudget {
  return eachPart((key) => {
    const limit = budget[key];
    if (limit === undefined) return undefined;
    return key === 'money' ? rounded(limit * share) : limit * share;
  });
}
