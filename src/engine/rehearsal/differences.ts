import { canonicalJson, type Json } from '../../../events/canonical-json.ts';
import type { JournalRecord, Transition } from '../../../events/record.ts';
import type { ExpectedRecord, Scenario } from '../../../machines/explore/scenario.ts';
import { expectedRecord } from '../../../machines/explore/scenario-of.ts';
import type { Run } from '../../../machines/run/run.ts';

/** The first record that is not as expected, and what is there instead, in words. */
export type Difference = {
  readonly expected: ExpectedRecord | undefined;
  readonly found: ExpectedRecord | undefined;
  readonly message: string;
};

/** Compares the records that a move led to, one by one, with those that it should have led to. */
export function differenceIn(
  expected: readonly ExpectedRecord[],
  recorded: readonly JournalRecord[],
): Difference | undefined {
  for (let index = 0; index < Math.max(expected.length, recorded.length); index += 1) {
    const wanted = expected[index];
    const record = recorded[index];
    const found = record && expectedRecord({ ...record.data, type: record.type, data: record.data.fact });
    const message = inWords(wanted, found);
    if (message !== undefined) return { expected: wanted, found, message };
  }

  return undefined;
}

/** What the run has come to, against what it should have come to; undefined where both are the same. */
export function differenceAtEnd({ end }: Scenario, run: Run | undefined): string | undefined {
  if (run === undefined) return 'the run was never started';
  const { status, output, error, tasks } = run.state;
  const states = Object.fromEntries(Object.entries(tasks).map(([id, { state }]) => [id, state]));
  const pairs: readonly (readonly [string, unknown, unknown])[] = [
    ['status', end.status, status],
    ['output', end.output, output],
    ['error', end.error, error],
    ...Object.keys({ ...end.tasks, ...states }).map(
      (id) => [`state of ${id}`, end.tasks[id], states[id]] as const,
    ),
  ];
  const differing = pairs.filter(([, wanted, found]) => text(wanted) !== text(found));
  if (differing.length === 0) return undefined;

  return differing
    .map(([what, wanted, found]) => `the ${what} should be ${text(wanted)} at the end; it is ${text(found)}`)
    .join('; ');
}

function inWords(
  expected: ExpectedRecord | undefined,
  found: ExpectedRecord | undefined,
): string | undefined {
  if (expected === undefined)
    return found && `nothing more should be recorded; there is ${nameOf(found)} ${text(found.fact)}`;
  if (found === undefined) return `${nameOf(expected)} should be recorded; there is nothing more`;
  if (nameOf(expected) !== nameOf(found))
    return `${nameOf(expected)} should be recorded; there is ${nameOf(found)} ${text(found.fact)}`;
  if (text(expected.fact) !== text(found.fact))
    return `${nameOf(found)} should say ${text(expected.fact)}; it says ${text(found.fact)}`;
  const [wanted, made] = [arrows(expected.transitions), arrows(found.transitions)];

  return wanted === made ? undefined : `${nameOf(found)} should lead to ${wanted}; it leads to ${made}`;
}

function nameOf({ type, fact }: ExpectedRecord): string {
  const { task } = fact as { readonly task?: unknown };

  return typeof task === 'string' ? `${type} of ${task}` : type;
}

function arrows(transitions: readonly Transition[]): string {
  const each = transitions.map(({ task, from, to }) => `${task ?? 'run'}: ${from} -> ${to}`);

  return each.length === 0 ? 'nothing' : each.join(', ');
}

function text(value: unknown): string {
  return value === undefined ? 'none' : canonicalJson(value as Json);
}
