// What other programs are told of runs. Method: an engine on a journal in memory plays a run, every record is asked for
// its events, and each event is held against the schema of its type.

import { expect, test } from 'vitest';
import { canonicalJson, type Json } from '../../../events/canonical-json.ts';
import type { CloudEvent } from '../../../events/cloud-event.ts';
import type { JournalRecord } from '../../../events/record.ts';
import type { TriggerRef } from '../../../events/run-events.ts';
import { sha256Hex } from '../../../machines/hash.ts';
import { leanEvent, mayBeTold, outboundOf } from '../../../src/engine/outbound/outbound-of.ts';
import { createCharts } from '../../../src/engine/run-reader/charts.ts';
import { createRunReader } from '../../../src/engine/run-reader/run-reader.ts';
import { createMemoryDefinitionStore } from '../../../src/stores/memory/definition-store.ts';
import { canary, run, staged } from './outbound-run.ts';

const dataOf = (events: readonly CloudEvent[], type: string) =>
  events.filter((event) => event.type === type).map(({ data }) => data as Readonly<Record<string, Json>>);
const typesOf = (events: readonly CloudEvent[]) => events.map(({ type }) => type);
const wait = (more: string) => `- {id: ask, name: Look at it, type: HUMAN, wait_for_approval: true, ${more}}`;

test('a run is told from its start to its end, with the output of the run', async () => {
  const trigger: TriggerRef = { kind: 'cron', id: 'nightly', tick: '2026-01-01T00:00:00.000Z' };
  const { told, ended } = await staged('- {id: a, type: TRANSFORM, output: {sum: "${1 + 2}"}}', {
    extra: 'output: {sum: "${a.output.sum}"}',
    trigger,
  });
  await ended();
  const events = await told();

  expect(typesOf(events)).toEqual(['workflow.run.started', 'workflow.run.completed']);
  expect(events[0]).toEqual({
    specversion: '1.0',
    id: 'run-1/1/workflow.run.started',
    source: '/3ox/under-test',
    type: 'workflow.run.started',
    subject: run,
    time: '2026-01-01T00:00:00.000Z',
    datacontenttype: 'application/json',
    hops: 1,
    data: {
      run,
      sequence: 1,
      definition: { id: 'under-test', version: 1 },
      status: 'RUNNING',
      actor: 'ada',
      startedAt: '2026-01-01T00:00:00.000Z',
      trigger: 'nightly',
      triggeredBy: trigger,
    },
  });
  expect(events[1]?.data).toMatchObject({ status: 'COMPLETED', output: { sum: 3 }, trigger: 'nightly' });
});

test('the number of runs on the way from the outside grows by one with each', async () => {
  const { told } = await staged('- {id: a, uses: noop}', {
    trigger: { kind: 'event', id: 'on', event: { source: 's', id: '1', type: 't' }, hops: 4 },
  });

  expect((await told()).map(({ hops }) => hops)).toEqual([5]);
});

test('pausing, resuming, failing and going on are told with their reasons', async () => {
  const { told, submit, attempt, until } = await staged(
    '- {id: a, uses: noop, retry_policy: {max_attempts: 1}}',
  );
  await submit({ kind: 'pauseRun', reason: 'lunch' });
  await submit({ kind: 'resumeRun', reason: 'back' });
  (await attempt('a#1')).fail('disk.full', false);
  await until(({ state }) => state.status === 'FAILED');
  await submit({ kind: 'retryRun', reason: 'bigger disk' });
  (await attempt('a#2')).complete();
  await until(({ state }) => state.status === 'COMPLETED');
  const events = await told();

  expect(typesOf(events)).toEqual([
    'workflow.run.started',
    'workflow.run.paused',
    'workflow.run.resumed',
    'workflow.run.failed',
    'workflow.run.continued',
    'workflow.run.completed',
  ]);
  expect(events[1]?.data).toMatchObject({ reason: 'lunch', status: 'PAUSED' });
  expect(events[3]?.data).toMatchObject({ error: { code: 'disk.full', message: 'failed' }, task: 'a' });
  expect(events[4]?.data).toMatchObject({ reason: 'bigger disk', status: 'RUNNING' });
});

test('a run that is ended by hand, or takes too long, says so', async () => {
  const ended = await staged('- {id: a, uses: noop}');
  await ended.submit({ kind: 'terminateRun', reason: 'not needed' });
  const late = await staged('- {id: a, uses: noop}', { extra: 'timeout: 1m' });
  late.clock.advance(61_000);
  await late.until(({ state }) => state.status === 'TIMED_OUT');

  expect(dataOf(await ended.told(), 'workflow.run.terminated')).toMatchObject([{ reason: 'not needed' }]);
  expect(typesOf(await late.told())).toEqual(['workflow.run.started', 'workflow.run.timed_out']);
});

test('a run that a TERMINATE ends TERMINATED names the task and what it says', async () => {
  const stop =
    '- {id: stop, type: TERMINATE, status: TERMINATED, error_code: order.recalled, reason: not wanted}';
  const ended = await staged(stop);
  await ended.until(({ state }) => state.status === 'TERMINATED');

  expect(dataOf(await ended.told(), 'workflow.run.terminated')).toMatchObject([
    { task: 'stop', error: { code: 'order.recalled', message: 'not wanted' }, status: 'TERMINATED' },
  ]);
});

test('a request for an approval tells whom it asks for what, and each answer whether it settles it', async () => {
  const { told, submit } = await staged(
    wait('quorum: 2, timeout: 1h, approvers: {level: L1, names: [ada, bob]}, ').replace(
      ', }',
      ', input: {n: "${workflow.input.n}"}, form: {properties: {why: {type: string}}}}',
    ),
    { extra: 'input: {required: [n], properties: {n: {type: integer}}}', input: { n: 7 } },
  );
  await submit({ kind: 'approve', task: 'ask', by: 'ada', data: { why: 'good' } });
  await submit({ kind: 'approve', task: 'ask', by: 'bob', comment: 'yes' });
  const events = await told();

  expect(typesOf(events)).toEqual([
    'workflow.run.started',
    'approval.requested',
    'approval.granted',
    'approval.granted',
    'workflow.run.completed',
  ]);
  expect(events[1]).toMatchObject({ id: 'run-1/1/approval.requested/ask', subject: run });
  expect(events[1]?.data).toMatchObject({
    task: 'ask',
    name: 'Look at it',
    level: 'L1',
    names: ['ada', 'bob'],
    quorum: 2,
    onTimeout: 'fail',
    dueAt: '2026-01-01T01:00:00.000Z',
    input: { n: 7 },
    form: { properties: { why: { type: 'string' } } },
  });
  expect(dataOf(events, 'approval.granted')).toMatchObject([
    { by: 'ada', data: { why: 'good' }, settled: false },
    { by: 'bob', comment: 'yes', settled: true, name: 'Look at it' },
  ]);
});

test('a request whose approver and time-out come of expressions tells what they gave', async () => {
  const { told } = await staged(
    wait('timeout: "${workflow.input.hours}h", approvers: {names: ["${workflow.input.boss}"]}'),
    { extra: 'input: {required: [hours, boss]}', input: { hours: 7, boss: 'ada' } },
  );

  expect(dataOf(await told(), 'approval.requested')).toMatchObject([
    { names: ['ada'], dueAt: '2026-01-01T07:00:00.000Z' },
  ]);
});

test('a refusal is told before the failure that it leads to', async () => {
  const { told, submit } = await staged(wait('timeout: 1h'));
  await submit({ kind: 'reject', task: 'ask', by: 'ada', comment: 'no' });

  expect(typesOf(await told()).slice(2)).toEqual(['approval.denied', 'workflow.run.failed']);
  expect(dataOf(await told(), 'approval.denied')).toMatchObject([
    { by: 'ada', comment: 'no', settled: true },
  ]);
});

test.each([
  ['fail', 'approval.expired', ['workflow.run.failed']],
  ['approve', 'approval.expired', ['workflow.run.completed']],
  ['escalate', 'approval.escalated', []],
])('an approval that nobody gives in time with the policy %s is told as %s', async (policy, type, after) => {
  const { told, clock, until } = await staged(wait(`timeout: 1h, on_timeout: ${policy}`));
  clock.advance(3_600_000);
  await until(({ sequence }) => sequence > 1);

  expect(typesOf(await told()).slice(2)).toEqual([type, ...after]);
  if (type === 'approval.expired') expect(dataOf(await told(), type)).toMatchObject([{ onTimeout: policy }]);
});

test('what is larger than 64 KiB is left out, and said to be', async () => {
  const { told, submit, ended } = await staged(wait('timeout: 1h'), {
    extra: 'output: {all: "${ask.output.data.text}"}',
  });
  await submit({ kind: 'approve', task: 'ask', by: 'ada', data: { text: 'x'.repeat(70_000) } });
  await ended();
  const events = await told();

  expect(dataOf(events, 'approval.granted')[0]).toMatchObject({ formDataOmitted: true });
  expect(dataOf(events, 'workflow.run.completed')[0]).toMatchObject({ outputOmitted: true });
  for (const { data } of events) expect(JSON.stringify(data).length).toBeLessThan(1_000);
});

test('what the journal keeps elsewhere is left out', async () => {
  const { told, attempt, until } = await staged(
    '- {id: a, uses: noop}\n- {id: ask, type: HUMAN, wait_for_approval: true, depends_on: a, input: {all: "${a.output.text}"}}',
    { extra: 'output: {all: "${a.output.text}"}' },
  );
  (await attempt('a#1')).complete({ text: 'x'.repeat(200_000) });
  await until(({ sequence }) => sequence > 1);

  expect(dataOf(await told(), 'approval.requested')[0]).toMatchObject({ inputOmitted: true });
});

test('no secret is told', async () => {
  const { told, submit, ended } = await staged(
    wait('input: {key: "${secrets.KEY}", token: "${workflow.input.token}"}'),
    {
      extra:
        'input: {required: [token], properties: {token: {type: string, secret: true}}}\noutput: {said: "${ask.output.comment}"}',
      input: { token: '***' },
    },
  );
  await submit({ kind: 'approve', task: 'ask', by: 'ada', comment: `the key is ${canary}` });
  await ended();
  const events = await told();

  expect(typesOf(events).at(-1)).toBe('workflow.run.completed');
  expect(JSON.stringify(events)).toContain('the key is ***');
  expect(JSON.stringify(events)).not.toContain(canary);
});

test('a record that lists only part of its transitions is told all the same', async () => {
  const { journal, chart } = await staged(wait('timeout: 1h'));
  const last = await journal.last(run);
  if (last?.kind !== 'record') throw new Error('there is no record');
  const { hash: _, ...record } = last.record;
  const short = { ...record, data: { ...record.data, transitions: [], omitted: 1 } };
  const hash = sha256Hex(canonicalJson(short as unknown as Json));
  const body = canonicalJson({ ...short, hash } as unknown as Json);
  const stored = { ...last, body, record: { ...short, hash } as JournalRecord };
  const { events } = await outboundOf(
    { reader: createRunReader({ journal, charts: { byHash: async () => chart } }) },
    stored,
  );

  expect(typesOf(events)).toEqual(['workflow.run.started', 'approval.requested']);
});

test('a message that is no record, and one that was altered, are not told', async () => {
  const { journal } = await staged(wait('timeout: 1h'));
  const last = await journal.last(run);
  if (last?.kind !== 'record') throw new Error('there is no record');
  const charts = createCharts(createMemoryDefinitionStore());
  const altered = {
    ...last,
    record: { ...last.record, actor: 'mallory' },
    body: last.body.replace('ada', 'eve'),
  };
  const foreign = {
    run,
    position: 9,
    body: '{}',
    kind: 'foreign',
    code: 'journal.foreign',
    reason: 'it is empty',
  } as const;

  expect(await outboundOf({ reader: createRunReader({ journal, charts }) }, altered)).toMatchObject({
    events: [],
    trouble: { code: 'journal.altered' },
  });
  expect(mayBeTold(foreign)).toBe(true);
  expect(await outboundOf({ reader: createRunReader({ journal, charts }) }, foreign)).toMatchObject({
    events: [],
    trouble: { code: 'journal.foreign' },
  });
});

test('where the definition is gone, what the record itself says is told', async () => {
  const { journal, submit } = await staged(wait('timeout: 1h'));
  await submit({ kind: 'approve', task: 'ask', by: 'ada' });
  const last = await journal.last(run);
  if (last === undefined) throw new Error('there is no record');
  const { events, trouble } = await outboundOf(
    { reader: createRunReader({ journal, charts: createCharts(createMemoryDefinitionStore()) }) },
    last,
  );

  expect(trouble).toMatchObject({ code: 'definition.missing' });
  expect(dataOf(events, 'workflow.run.completed')).toMatchObject([
    { status: 'COMPLETED', outputOmitted: true },
  ]);
});

test('an event that is too large for the broker is told with what is small in it', async () => {
  const { told, submit } = await staged(wait('timeout: 1h'));
  await submit({ kind: 'approve', task: 'ask', by: 'ada', comment: 'x'.repeat(2_000) });
  const granted = (await told()).find(({ type }) => type === 'approval.granted');
  if (granted === undefined) throw new Error('it was not told');
  const { data } = leanEvent(granted);

  expect(data).toMatchObject({ run, task: 'ask', by: 'ada', dataOmitted: true });
  expect(data).not.toHaveProperty('comment');
});
