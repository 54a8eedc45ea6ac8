// Whether a trigger wants what comes, under which key, and with what input. Method: one definition with one trigger,
// one event, the whole answer.
import { describe, expect, test } from 'vitest';
import type { CloudEvent } from '../../../events/cloud-event.ts';
import { loadDefinition } from '../../../machines/language/load-definition.ts';
import { compileTriggers } from '../../../machines/triggers/compiled-trigger.ts';
import { firedByFile, firedByTick } from '../../../machines/triggers/fired-event.ts';
import { inputFor } from '../../../machines/triggers/input-for.ts';
import { matchEvent } from '../../../machines/triggers/match-event.ts';
import { definitionWith } from '../../support/definition-text.ts';

const event: CloudEvent = {
  specversion: '1.0',
  id: 'e-1',
  source: '/shop',
  type: 'order.paid',
  time: '2026-01-01T00:00:00Z',
  data: { order: 'o-7', amount: 5000, months: ['2026-01'], note: null, other: true },
};

describe('an event is wanted', () => {
  test('by a trigger that asks for nothing else, under its own name, with the inputs that are declared', () => {
    expect(match('{on: order.paid}')).toEqual({
      kind: 'wanted',
      key: '["event","/shop","e-1"]',
      holdKey: '',
      input: { order: 'o-7', amount: 5000, currency: 'CHF' },
    });
  });

  test('with the input that the trigger makes of it, defaults filled in', () => {
    const input = '{order: "${event.source}/${event.data.order}", amount: "${event.data.amount * 2.0}"}';
    expect(match(`{on: order.paid, input: ${input}}`)).toMatchObject({
      input: { order: '/shop/o-7', amount: 10_000, currency: 'CHF' },
    });
    expect(match('{on: order.paid, input: "${event.data.inner}"}', { inner: { order: 'o' } })).toMatchObject({
      input: { order: 'o', currency: 'CHF' },
    });
  });

  test('where its condition holds, and is ignored with the values that were seen where it does not', () => {
    expect(match('{on: order.paid, when: "${event.data.amount} >= 4167"}')).toMatchObject({ kind: 'wanted' });
    expect(match('{on: order.paid, when: event.data.amount >= 9000 && event.type != "x"}')).toEqual({
      kind: 'ignored',
      code: 'trigger.unmet',
      message: 'event.data.amount >= 9000 && event.type != "x" is false',
      saw: '; event.data.amount = 5000; event.type = "order.paid"',
    });
  });

  test.each([
    ['${event.data.order}', 'o-7'],
    ['${workflow.id}/${event.data.order}', 'under-test/o-7'],
    ['${event.data.amount}', '5000'],
    ['${event.data.months}', '["2026-01"]'],
    ['${event.data.other}', 'true'],
  ])('under the key %s', (key, rendered) => {
    expect(match(`{on: order.paid, dedupe_key: "${key}"}`)).toMatchObject({ kind: 'wanted', key: rendered });
  });
});

describe('an event is refused', () => {
  test.each([
    ['when: event.data.nothing > 1', 'trigger.when', 'event.data has no member nothing'],
    ['when: event.data.order', 'trigger.when', 'must be true or false'],
    ['dedupe_key: "${event.data.nothing}"', 'trigger.key', 'event.data has no member nothing'],
    ['dedupe_key: "${event.data.note}"', 'trigger.key', 'is null'],
    ['dedupe_key: "${event.data.order.substring(3)}"', 'trigger.key', 'is empty'],
    ['input: {order: "${event.data.nothing}"}', 'trigger.input', 'event.data has no member nothing'],
    ['input: "${event.data.order}"', 'trigger.input', 'the input of a run is a mapping, and this is text'],
    ['input: "${event.data}"', 'trigger.input', 'months: no such input'],
  ])('by %s', (rest, code, reason) => {
    expect(match(`{on: order.paid, ${rest}}`)).toEqual({
      kind: 'refused',
      code,
      message: expect.stringContaining(reason),
    });
  });

  test('with everything that is wrong with its input', () => {
    expect(match('{on: order.paid}', { amount: 'much', currency: 7 })).toEqual({
      kind: 'refused',
      code: 'trigger.input',
      message:
        'order: required and not given (text); amount: expected a number, found the text "much"; currency: expected text, found the number 7',
    });
  });

  test.each([null, [1], 'text', undefined])('where a needed input cannot come of the data %j', (data) => {
    const { data: _, ...bare } = event;
    const [compiled, definition] = compiledOf('{on: order.paid}');
    expect(matchEvent(definition, compiled, data === undefined ? bare : { ...bare, data })).toMatchObject({
      kind: 'refused',
      code: 'trigger.input',
    });
  });
});

test('a schedule gives the inputs that it says, and has none else', () => {
  const tick = '2026-01-05T08:00:00.000Z';
  const [compiled, definition] = compiledOf(
    '{cron: "0 9 * * 1", input: {order: "${event.data.tick} by ${event.data.trigger} of ${event.type}"}}',
  );
  expect(inputFor(definition, compiled, firedByTick({ tick, trigger: compiled.id }))).toEqual({
    kind: 'fits',
    input: { order: `${tick} by under-test-cron of cron`, currency: 'CHF' },
  });
  const [bare, free] = compiledOf('{cron: "0 9 * * 1"}', 'input: {optional: [tick, trigger]}');
  expect(inputFor(free, bare, firedByTick({ tick, trigger: 'x' }))).toEqual({ kind: 'fits', input: {} });
});

test('a file gives what is known of it', () => {
  const file = {
    path: 'in/a.csv',
    name: 'a.csv',
    bytes: 3,
    modifiedAt: '2026-01-01T00:00:00.000Z',
    digest: 'd',
  };
  const [compiled, definition] = compiledOf('{file: "in/*.csv"}', 'input: {required: [path, modified_at]}');
  expect(inputFor(definition, compiled, firedByFile(file))).toEqual({
    kind: 'fits',
    input: { path: 'in/a.csv', modified_at: '2026-01-01T00:00:00.000Z' },
  });
});

const inputs = `input:
  properties:
    order: {type: string}
    amount: {type: number}
    currency: {type: string, default: CHF}
  required: [order]`;

function match(trigger: string, data?: CloudEvent['data']) {
  const [compiled, definition] = compiledOf(trigger);

  return matchEvent(definition, compiled, data === undefined ? event : { ...event, data });
}

function compiledOf(trigger: string, head = inputs) {
  const result = loadDefinition({
    file: 'w.yaml',
    content: definitionWith(`${head}\ntriggers:\n  - ${trigger}`),
  });
  if (!result.ok) throw new Error(JSON.stringify(result.problems, null, 2));
  const { definition } = result.loaded;
  const [compiled] = compileTriggers(definition);
  if (compiled === undefined) throw new Error('the definition has no trigger');

  return [compiled, definition] as const;
}
