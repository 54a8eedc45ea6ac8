// Whether a rule has something to say is decided from what is seen and the time alone. Method: one sighting for each
// kind, rules around the border between not yet and due.
import { expect, test } from 'vitest';
import { dueAlerts, type Sighting } from '../../../machines/alerts/due-alerts.ts';
import { usualMs } from '../../../machines/alerts/usual-duration.ts';
import type { AlertKind, AlertRule } from '../../../machines/serve-file/served.ts';

const minute = 60_000;
const hour = 60 * minute;

function rule(on: AlertKind, more: Partial<AlertRule> = {}): AlertRule {
  return { name: 'r', on, to: [{ kind: 'log' }], ...more };
}

function seen(on: AlertKind, more: Partial<Sighting> = {}): Sighting {
  return { on, subject: 's', run: '01r', definition: 'pay-out', sinceMs: 0, text: 'it is so', ...more };
}

function textsAt(nowMs: number, rules: readonly AlertRule[], sightings: readonly Sighting[]) {
  return dueAlerts(rules, sightings, nowMs).map(({ text }) => text);
}

test('a rule speaks of its kind only, and of the definitions that fit', () => {
  const texts = (definition: string) =>
    textsAt(0, [rule('run_failed', { definition })], [seen('run_failed')]);
  expect(textsAt(0, [rule('dead_letter')], [seen('run_failed')])).toEqual([]);
  for (const pattern of ['pay-out', 'pay-*', '*', '*out', 'p*-*t', '*pay-out*', 'pay*-out'])
    expect(texts(pattern), pattern).toEqual(['it is so']);
  for (const pattern of ['pay', 'pay-', '*in', 'pay-out-*', 'p*x*t', 'pay-outpay-out', 'pay-o*y-out'])
    expect(texts(pattern), pattern).toEqual([]);
});

test('what has to be so for a while is said when it was, and for how long it is', () => {
  const rules = [rule('approval_waiting', { afterMs: 10 * minute })];
  const sightings = [seen('approval_waiting')];
  expect(textsAt(10 * minute - 1, rules, sightings)).toEqual([]);
  expect(textsAt(10 * minute, rules, sightings)).toEqual(['it is so for 10m']);
  expect(textsAt(26 * hour + 61_000, rules, sightings)).toEqual(['it is so for 1d 2h']);
});

test('an agent may be without workers for a minute where nothing else is said', () => {
  expect(textsAt(minute - 1, [rule('no_worker')], [seen('no_worker')])).toEqual([]);
  expect(textsAt(minute, [rule('no_worker')], [seen('no_worker')])).toEqual(['it is so for 1m']);
});

test('a run is late after three times the usual, or after what the rule says', () => {
  const usual = seen('run_late', { usualMs: 10_000 });
  expect(textsAt(29_999, [rule('run_late')], [usual])).toEqual([]);
  expect(textsAt(30_000, [rule('run_late')], [usual])).toEqual(['it is so for 30s; as a rule it takes 10s']);
  expect(textsAt(5 * hour, [rule('run_late')], [seen('run_late')])).toEqual([]);
  expect(textsAt(2_000, [rule('run_late', { afterMs: 2_000 })], [seen('run_late')])).toEqual([
    'it is so for 2s',
  ]);
});

test('what failed long ago is no news', () => {
  for (const on of ['run_failed', 'run_quarantined', 'dead_letter'] as const) {
    expect(textsAt(hour, [rule(on)], [seen(on)])).toEqual(['it is so']);
    expect(textsAt(hour + 1, [rule(on)], [seen(on)])).toEqual([]);
  }
});

test('what goes on is said again only after so long, each time under another key', () => {
  const rules = [rule('no_worker', { afterMs: 0, repeatMs: 4 * hour })];
  const keysAt = (nowMs: number) => dueAlerts(rules, [seen('no_worker')], nowMs).map(({ key }) => key);
  expect(keysAt(4 * hour - 1)).toEqual(keysAt(0));
  expect(keysAt(4 * hour)).not.toEqual(keysAt(0));
  expect(keysAt(8 * hour - 1)).toEqual(keysAt(4 * hour));
});

test('each rule and each subject has a key of its own', () => {
  const due = dueAlerts(
    [rule('no_worker', { name: 'a' }), rule('no_worker', { name: 'b' })],
    [seen('no_worker', { subject: '1' }), seen('no_worker', { subject: '2' })],
    hour,
  );
  expect(new Set(due.map(({ key }) => key)).size).toBe(4);
});

test('the usual is the median of the latest, once three are known', () => {
  expect(usualMs([5, 5])).toBeUndefined();
  expect(usualMs([9, 1, 1_000_000])).toBe(9);
  expect(usualMs([...Array.from({ length: 50 }, () => 7), ...Array.from({ length: 500 }, () => 1)])).toBe(7);
});

test('a rule of a level speaks of definitions of that level, and the operational one of those without', () => {
  const texts = (stratos: Sighting['stratos']) =>
    (['strategic', 'tactical', 'operational'] as const).filter(
      (level) =>
        textsAt(
          0,
          [rule('run_failed', { stratos: level })],
          [seen('run_failed', stratos === undefined ? {} : { stratos })],
        ).length > 0,
    );
  expect(texts('strategic')).toEqual(['strategic']);
  expect(texts('tactical')).toEqual(['tactical']);
  expect(texts(undefined)).toEqual(['operational']);
});

test('what goes up is said so much later than it would be, and is news for as long from then on', () => {
  const later = [rule('run_failed', { laterMs: 4 * hour })];
  expect(textsAt(4 * hour - 1, later, [seen('run_failed')])).toEqual([]);
  expect(textsAt(4 * hour, later, [seen('run_failed')])).toEqual(['it is so']);
  expect(textsAt(5 * hour + 1, later, [seen('run_failed')])).toEqual([]);
  const late = [rule('run_late', { laterMs: hour })];
  expect(textsAt(hour + 29_999, late, [seen('run_late', { usualMs: 10_000 })])).toEqual([]);
  expect(textsAt(hour + 30_000, late, [seen('run_late', { usualMs: 10_000 })])).toHaveLength(1);
});
