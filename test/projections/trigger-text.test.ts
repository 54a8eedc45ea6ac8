// What a person reads about what started a run, wherever it is shown: in a view, in the history, in the state file.
import { expect, test } from 'vitest';
import type { TriggerRef } from '../../events/run-events.ts';
import { runFacts } from '../../src/projections/run/run-facts.ts';
import { stateLogEntry } from '../../src/projections/run/state-log.ts';
import { noteOfRecord } from '../../src/projections/task/fact-note.ts';
import { triggerText } from '../../src/projections/trigger-document.ts';
import { chartOf } from '../support/chart-of.ts';
import { undrivenRun } from '../support/run-spec.ts';
import { viewOf } from './view-of.ts';

const lead: TriggerRef = {
  kind: 'event',
  id: 'lead_qualification',
  event: { source: '/crm', id: 'lead-7', type: 'lead_qualification' },
};
const tick = '2026-01-31T08:00:00.000Z';

test.each<[TriggerRef, string]>([
  [lead, 'event lead_qualification (id lead-7 from /crm)'],
  [{ ...lead, id: 'warm' }, 'event lead_qualification (id lead-7 from /crm), trigger warm'],
  [{ kind: 'cron', id: 'daily_operations', tick }, `schedule daily_operations, tick ${tick}`],
  [{ kind: 'file', id: 'intake', file: '1N.3OX/a.yaml' }, 'file 1N.3OX/a.yaml, trigger intake'],
])('%j is read as %s', (trigger, text) => {
  expect(triggerText(trigger)).toBe(text);
});

test('a run says what started it in its view, its history and the state file', () => {
  const chart = chartOf('- { id: hold, type: WAIT, signal: paid }');
  const started = { kind: 'startRun', run: 'test-run', input: {}, trigger: lead } as const;
  const run = undrivenRun(chart).does(started);
  const text = 'event lead_qualification (id lead-7 from /crm)';
  expect(runFacts(viewOf(run))).toEqual([{ name: 'started by', text }]);
  expect(noteOfRecord(JSON.parse(run.bodies[0] ?? ''))).toBe(`by ${text}`);
  expect(stateLogEntry(viewOf(run))).toMatchObject({ trigger: 'lead_qualification', started_by: text });
});
