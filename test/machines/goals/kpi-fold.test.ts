// A KPI is the fold of its events. Method: ended runs are measured by a rule, the events are folded, and folded again.
import { expect, test } from 'vitest';
import { canonicalJson } from '../../../events/canonical-json.ts';
import type { KpiContribution, KpiEvent, KpiRule } from '../../../events/kpi-events.ts';
import { periodsToClose } from '../../../machines/goals/close-periods.ts';
import type { Kpi } from '../../../machines/goals/enterprise.ts';
import { createKpiFold, KpiDamaged, kpiRecord, readKpiRecord } from '../../../machines/goals/kpi-fold.ts';
import { compileRule, type EndedRun } from '../../../machines/goals/kpi-rule.ts';

const ended = (run: string, over: Partial<EndedRun> = {}): EndedRun => ({
  run,
  sequence: 3,
  definition: { id: 'sale', version: 1 },
  department: 'finance',
  serves: ['growth'],
  status: 'COMPLETED',
  startedAt: '2026-11-05T10:00:00.000Z',
  endedAt: '2026-11-05T10:00:30.000Z',
  ...over,
});

const sums: KpiRule = { measure: 'sum', value: 'output.amount', period: 'month' };

/** A KPI with what its events are written to. */
function journalOf(name = 'revenue') {
  const fold = createKpiFold(name);
  const bodies: string[] = [];
  const write = (event: KpiEvent, time = '2026-11-05T10:01:00.000Z') => {
    const { body, record } = kpiRecord(name, fold, { event, time });
    bodies.push(body);
    fold.take(record);
  };
  const measure = (rule: KpiRule, upTo: number, runs: readonly (KpiContribution | undefined)[]) => {
    const counting = runs.filter((each) => each !== undefined);
    const after = canonicalJson(fold.rule() ?? null) === canonicalJson(rule) ? fold.upTo() : 0;
    const data = { rule, after, upTo, runs: counting, values: [...fold.valuesWith(counting)] };
    write({ type: 'kpi.measured', data });
  };
  return { fold, bodies, write, measure };
}

function replayed(bodies: readonly string[], name = 'revenue') {
  const fold = createKpiFold(name);
  for (const [index, body] of bodies.entries()) fold.take(readKpiRecord(name, body, index + 1));

  return fold;
}

/** The value of a measure over runs that took so many seconds. */
function valueOver(measure: KpiRule['measure'], seconds: readonly number[], status = 'COMPLETED') {
  const { fold, measure: take } = journalOf();
  const rule: KpiRule = { measure, period: 'day' };
  const compiled = compileRule(rule);
  const runs = seconds.map((each, index) => {
    const endedAt = new Date(Date.parse('2026-11-05T10:00:00Z') + each * 1_000).toISOString();
    return compiled.contribution(ended(`r${index}`, { endedAt, status }), null);
  });
  take(rule, 9, runs);

  return fold.valueIn('2026-11-05').value;
}

test('the runs of a month add up, and replaying the events gives the same', () => {
  const { fold, bodies, measure } = journalOf();
  const rule = compileRule(sums);
  measure(sums, 10, [rule.contribution(ended('a'), { amount: 100 })]);
  measure(sums, 20, [
    rule.contribution(ended('b'), { amount: 50 }),
    rule.contribution(ended('c', { endedAt: '2026-12-01T00:00:00.000Z' }), { amount: 7 }),
  ]);

  expect(fold.values()).toEqual([
    { period: '2026-11', value: 150, runs: 2 },
    { period: '2026-12', value: 7, runs: 1 },
  ]);
  const again = replayed(bodies);
  expect(again.values()).toEqual(fold.values());
  expect([again.upTo(), again.sequence(), again.hash()]).toEqual([20, 2, fold.hash()]);
  // The values that the events tell are those that follow from them.
  expect(JSON.parse(bodies[1] ?? '').data.values).toEqual(fold.values());
});

test('a run that ends again counts as it ended last, and once', () => {
  const { fold, measure } = journalOf();
  const rule = compileRule(sums);
  measure(sums, 10, [rule.contribution(ended('a'), { amount: 100 })]);
  measure(sums, 20, [rule.contribution(ended('a', { endedAt: '2026-12-02T00:00:00.000Z' }), { amount: 30 })]);
  expect(fold.values()).toEqual([
    { period: '2026-11', value: 0, runs: 0 },
    { period: '2026-12', value: 30, runs: 1 },
  ]);
});

test('each measure is what its name says', () => {
  const seconds = [10, 20, 30, 40, 100];
  expect(valueOver('count', seconds)).toBe(5);
  expect(valueOver('average', seconds)).toBe(40);
  expect(valueOver('min', seconds)).toBe(10);
  expect(valueOver('max', seconds)).toBe(100);
  expect(valueOver('p50', seconds)).toBe(30);
  expect(valueOver('p95', seconds)).toBe(100);
  expect(valueOver('success_rate', seconds)).toBe(1);
  expect(valueOver('success_rate', seconds, 'FAILED')).toBe(0);
  expect(valueOver('average', [])).toBeNull();
  expect(valueOver('count', [])).toBe(0);
});

test('only the runs that a rule asks for concern it', () => {
  const concerns = (rule: Partial<KpiRule>, over: Partial<EndedRun> = {}) =>
    compileRule({ measure: 'count', period: 'day', ...rule }).concerns(ended('a', over));
  expect(concerns({ definitions: ['s*e'] })).toBe(true);
  expect(concerns({ definitions: ['lead'] })).toBe(false);
  expect(concerns({ departments: ['finance'] })).toBe(true);
  expect(concerns({ departments: ['sales'] })).toBe(false);
  expect(concerns({ goals: ['growth', 'x'] })).toBe(true);
  expect(concerns({ goals: ['x'] })).toBe(false);
  expect(concerns({}, { status: 'FAILED' })).toBe(false);
  expect(concerns({ measure: 'success_rate' }, { status: 'TIMED_OUT' })).toBe(true);
  expect(concerns({ measure: 'success_rate' }, { status: 'TERMINATED' })).toBe(false);
  expect(concerns({ when: 'run.status == "FAILED"' }, { status: 'FAILED' })).toBe(true);
});

test('a run whose output gives no number is named with the reason, and counts for nothing', () => {
  const rule = compileRule(sums);
  expect(rule.contribution(ended('a'), { amount: 'many' })?.problem).toContain('which is no number');
  expect(rule.contribution(ended('a'), {})?.problem).toContain('amount');
  expect(rule.contribution(ended('a'), undefined)?.problem).toContain('larger');
});

test('a rule that is changed begins anew, in the same chain of events', () => {
  const { fold, bodies, measure } = journalOf();
  measure(sums, 10, [compileRule(sums).contribution(ended('a'), { amount: 100 })]);
  const doubled = { ...sums, value: 'output.amount * 2' };
  measure(doubled, 10, [compileRule(doubled).contribution(ended('a'), { amount: 100 })]);
  expect(fold.values()).toEqual([{ period: '2026-11', value: 200, runs: 1 }]);
  expect(replayed(bodies).values()).toEqual(fold.values());
});

test('an event that was changed, left out or put in is found', () => {
  const { bodies, measure } = journalOf();
  const rule = compileRule(sums);
  for (const [index, amount] of [100, 200, 300].entries())
    measure(sums, (index + 1) * 10, [rule.contribution(ended(`r${index}`), { amount })]);
  const [first = '', second = '', third = ''] = bodies;
  expect(() => replayed([first, second.replace('"value":200', '"value":900'), third])).toThrow(KpiDamaged);
  expect(() => replayed([first, third])).toThrow('does not follow event 1');
  expect(() => replayed([first, '{}'])).toThrow('is no event of a KPI');
});

test('a period that is over is closed once, with how many in a row have missed the target', () => {
  const { fold, write, measure } = journalOf();
  const kpi: Kpi = { name: 'revenue', better: 'higher', target: 100, rule: sums };
  const rule = compileRule(sums);
  measure(sums, 10, [
    rule.contribution(ended('a', { endedAt: '2026-08-05T00:00:00.000Z' }), { amount: 120 }),
  ]);
  const at = Date.parse('2026-11-05T00:00:00Z');
  const due = periodsToClose(kpi, fold, at);
  expect(due.map(({ period, value, missed }) => [period, value, missed])).toEqual([
    ['2026-08', 120, 0],
    ['2026-09', 0, 1],
    ['2026-10', 0, 2],
  ]);
  for (const data of due) write({ type: 'kpi.period-closed', data });
  expect(periodsToClose(kpi, fold, at)).toEqual([]);
  // The first moments of December wait for what ended in the last ones of November.
  expect(periodsToClose(kpi, fold, Date.parse('2026-12-01T00:00:05Z'))).toEqual([]);
  expect(periodsToClose(kpi, fold, Date.parse('2026-12-01T00:00:10Z'))).toMatchObject([
    { period: '2026-11', missed: 3 },
  ]);
});
