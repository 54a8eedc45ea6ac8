// Each key in the table of triggers of docs/language.md does what its row says. Method: the rows are read from the
// page, and each has a case here by its name; a row without one fails. The tests beside this one go into the details.
import { expect, test } from 'vitest';
import type { CloudEvent } from '../../../events/cloud-event.ts';
import type { Definition } from '../../../machines/definition.ts';
import { loadDefinition } from '../../../machines/language/load-definition.ts';
import { type CompiledTrigger, compileTriggers } from '../../../machines/triggers/compiled-trigger.ts';
import { nextTicks } from '../../../machines/triggers/cron-ticks.ts';
import { firedByBatch, firedByFile, firedByTick } from '../../../machines/triggers/fired-event.ts';
import { afterFiring, planHeld, withHeld } from '../../../machines/triggers/held-events.ts';
import { inputFor } from '../../../machines/triggers/input-for.ts';
import { matchEvent } from '../../../machines/triggers/match-event.ts';
import { newSchedule, planSchedule } from '../../../machines/triggers/plan-schedule.ts';
import { admitted, rateLimitOf } from '../../../machines/triggers/rate-limit.ts';
import { definitionWith } from '../../support/definition-text.ts';
import { tableUnder } from '../../support/page-definitions.ts';

const event: CloudEvent = {
  specversion: '1.0',
  id: 'e-1',
  source: '/shop',
  type: 'order.paid',
  time: '2026-01-01T00:00:00Z',
  data: { order: 'o-7', amount: 50, other: true },
};
const hourMs = 3_600_000;
const startMs = Date.parse('2026-01-01T08:30:00Z');

function compiled(
  trigger: string,
  input = 'order: {type: string}',
): { readonly definition: Definition; readonly first: CompiledTrigger } {
  const content = definitionWith(`input: {properties: {${input}}}\ntriggers:\n  - ${trigger}`);
  const result = loadDefinition({ file: 'w.yaml', content });
  if (!result.ok) throw new Error(JSON.stringify(result.problems, null, 2));
  const { definition } = result.loaded;
  const [first] = compileTriggers(definition);
  if (first === undefined) throw new Error('the definition has no trigger');

  return { definition, first };
}

function matched(trigger: string, given: Partial<CloudEvent> = {}) {
  const { definition, first } = compiled(trigger);
  if (first.trigger.kind !== 'event') throw new Error('the trigger is none of an event');

  return matchEvent(definition, first as never, { ...event, ...given });
}

/** What comes of a schedule after some hours, in which the run before went on or not. */
function planned(
  rest: string,
  hours: number,
  isLive = false,
): { readonly fires: boolean; readonly counts: object } {
  const { first } = compiled(`{cron: "0 * * * *"${rest}}`);
  if (first.trigger.kind !== 'cron') throw new Error('the trigger is no schedule');
  const schedule = { trigger: first.trigger, definition: 'w', id: first.id };
  const moment = { nowMs: startMs + hours * hourMs, isLive, isPaused: false };
  const plan = planSchedule(schedule, newSchedule(first.trigger, startMs), moment);

  return { fires: plan.kind === 'fire', counts: 'state' in plan ? plan.state.counts : {} };
}

const paid = (order: string): CloudEvent => ({ ...event, data: { order } });

/** The rule of a trigger, and events that wait for it since so many seconds after the start. */
function heldBy(trigger: string, seconds: readonly number[]) {
  const { first } = compiled(trigger);
  const rule = first.trigger.kind === 'event' ? first.trigger.hold : undefined;
  if (rule === undefined) throw new Error('the trigger starts runs at once');
  const empty = { definition: 'w', trigger: first.id, key: '', waiting: [], starts: [] };
  const events = seconds.map((second, index) => ({
    position: index + 1,
    key: `e-${index + 1}`,
    atMs: startMs + second * 1_000,
  }));

  return { rule, group: withHeld(empty, events, rule).state };
}

const rows: Readonly<Record<string, () => void>> = {
  on: () => {
    expect(matched('{on: order.paid}')).toMatchObject({ kind: 'wanted', input: { order: 'o-7' } });
    const all = '${[event.id, event.source, event.type, event.time].join(" ")}';
    expect(matched(`{on: order.paid, input: {order: '${all}'}}`)).toMatchObject({
      input: { order: 'e-1 /shop order.paid 2026-01-01T00:00:00Z' },
    });
  },
  when: () => {
    expect(matched('{on: order.paid, when: event.data.amount > 49}')).toMatchObject({ kind: 'wanted' });
    expect(matched('{on: order.paid, when: event.data.amount > 50}')).toMatchObject({
      kind: 'ignored',
      saw: expect.stringContaining('event.data.amount = 50'),
    });
  },
  dedupe_key: () => {
    const keyed = '{on: order.paid, dedupe_key: "${event.data.order}"}';
    expect(matched(keyed, { id: 'e-2' })).toEqual(matched(keyed));
    const [first, again, other] = [{}, { time: '2026-02-01T00:00:00Z' }, { id: 'e-2' }].map((given) =>
      matched('{on: order.paid}', given),
    );
    expect(again).toEqual(first);
    expect(other).not.toEqual(first);
    expect(() => compiled('{on: order.paid, dedupe_key: always}')).toThrow();
  },
  rate_limit: () => {
    const rule = rateLimitOf({ rateLimit: { limit: 1, perMs: 60_000 } }, 0) ?? { limit: 0, perMs: 0 };
    const { recent } = admitted([], rule, { run: 'a', nowMs: 0 });
    expect(admitted(recent, rule, { run: 'b', nowMs: 59_999 }).ok).toBe(false);
    expect(admitted(recent, rule, { run: 'b', nowMs: 60_000 }).ok).toBe(true);
    expect(rateLimitOf({}, 4)).toBeUndefined();
    expect(rateLimitOf({}, 5)).toEqual({ limit: 60, perMs: 60_000 });
  },
  throttle: () => {
    const { rule, group } = heldBy('{on: order.paid, throttle: {limit: 1, per: 1m}}', [0, 0]);
    const plan = planHeld(group, rule, startMs);
    const state = plan.kind === 'fire' ? afterFiring(plan.state) : group;
    expect(state.waiting.map(({ position }) => position)).toEqual([2]);
    expect(planHeld(state, rule, startMs)).toEqual({ kind: 'wait', untilMs: startMs + 60_000 });
    expect(planHeld(state, rule, startMs + 60_000).kind).toBe('fire');
  },
  debounce: () => {
    const { rule, group } = heldBy('{on: order.paid, debounce: {for: 10s, at_most: 15s}}', [0, 8]);
    expect(planHeld(group, rule, startMs + 14_999)).toEqual({ kind: 'wait', untilMs: startMs + 15_000 });
    expect(planHeld(group, rule, startMs + 15_000)).toMatchObject({ state: { firing: { as: 'last' } } });
    const one = heldBy('{on: order.paid, debounce: {for: 10s}}', [0]);
    expect(planHeld(one.group, one.rule, startMs)).toEqual({ kind: 'wait', untilMs: startMs + 10_000 });
  },
  batch: () => {
    const { rule, group } = heldBy('{on: order.paid, batch: {size: 2, within: 30s}}', [0, 1, 2]);
    const plan = planHeld(group, rule, startMs + 2_000);
    expect(plan).toMatchObject({
      kind: 'fire',
      state: { firing: { as: 'all' }, waiting: [{ position: 3 }] },
    });
    const state = plan.kind === 'fire' ? afterFiring(plan.state) : group;
    expect(planHeld(state, rule, startMs + 2_000)).toEqual({ kind: 'wait', untilMs: startMs + 32_000 });
    const { definition, first } = compiled(
      '{on: order.paid, batch: {size: 2, within: 30s}, input: {order: "${event.data.events[1].data.order}"}}',
    );
    expect(inputFor(definition, first, firedByBatch([paid('a'), paid('b')]))).toMatchObject({
      input: { order: 'b' },
    });
  },
  cron: () => {
    const shown = tableUnder('docs/language.md', '## Triggers').find(([key]) => key === '`cron`')?.[1] ?? '';
    const examples = [...shown.matchAll(/`([@*\d][^`]*)`/g)].flatMap(([, text = '']) => text);
    expect(examples.length).toBeGreaterThan(7);
    for (const cron of examples)
      expect(nextTicks({ cron, timezone: 'UTC' }, startMs, 1), cron).toHaveLength(1);
    const { definition, first } = compiled(
      '{cron: "@daily", input: {order: "${event.time} ${event.data.trigger}"}}',
    );
    const tick = '2026-01-02T00:00:00.000Z';
    expect(inputFor(definition, first, firedByTick({ tick, trigger: first.id }))).toMatchObject({
      input: { order: `${tick} under-test-cron` },
    });
  },
  timezone: () => {
    const newYork = (cron: string, from: string) =>
      nextTicks({ cron, timezone: 'America/New_York' }, Date.parse(from), 2);
    // At two the clock skips to three, which is 07:00 UTC; in autumn the hour from one to two comes twice.
    expect(newYork('30 2 * * *', '2026-03-08T00:00:00-05:00')[0]).toBe('2026-03-08T07:00:00.000Z');
    expect(newYork('30 1 * * *', '2026-11-01T00:00:00-04:00')).toEqual([
      '2026-11-01T05:30:00.000Z',
      '2026-11-02T06:30:00.000Z',
    ]);
    expect(newYork('0 * * * *', '2026-11-01T05:30:00Z')).toEqual([
      '2026-11-01T06:00:00.000Z',
      '2026-11-01T07:00:00.000Z',
    ]);
  },
  overlap: () => {
    expect(planned('', 1, true)).toMatchObject({ fires: false, counts: { skipped: 1 } });
    expect(planned(', overlap: buffer', 1, true)).toMatchObject({ fires: false, counts: { skipped: 0 } });
    expect(planned(', overlap: allow', 1, true)).toMatchObject({ fires: true });
  },
  catchup: () => {
    expect(planned('', 3)).toMatchObject({ fires: true, counts: { missed: 2 } });
    expect(planned(', catchup: 3h', 3)).toMatchObject({ fires: true, counts: { missed: 0 } });
  },
  file: () => {
    const names = ['path', 'name', 'bytes', 'modified_at', 'digest'];
    const { definition, first } = compiled(
      '{file: "in/*.csv"}',
      names.map((name) => `${name}: {}`).join(', '),
    );
    const modifiedAt = '2026-01-01T00:00:00.000Z';
    const file = { path: 'in/a.csv', name: 'a.csv', bytes: 3, modifiedAt, digest: 'd' };
    expect(inputFor(definition, first, firedByFile(file))).toEqual({
      kind: 'fits',
      input: { path: 'in/a.csv', name: 'a.csv', bytes: 3, modified_at: modifiedAt, digest: 'd' },
    });
  },
  input: () => {
    expect(
      matched('{on: order.paid, input: "${event.data.whole}"}', { data: { whole: { order: 'x' } } }),
    ).toMatchObject({ input: { order: 'x' } });
    const { definition, first } = compiled('{cron: "@daily"}', 'tick: {type: string}');
    expect(inputFor(definition, first, firedByTick({ tick: 't', trigger: 'x' }))).toEqual({
      kind: 'fits',
      input: {},
    });
    expect(matched('{on: order.paid}', { data: { order: 7 } })).toMatchObject({ kind: 'refused' });
  },
};
const named = tableUnder('docs/language.md', '## Triggers').map(([key = '']) => key.replaceAll('`', ''));

test.each(named)('%s', (name) => {
  expect(Object.keys(rows)).toContain(name);
  rows[name]?.();
});

test('no case is left without its row', () => {
  expect(Object.keys(rows).filter((name) => !named.includes(name))).toEqual([]);
});
