// A task with `share: true` becomes a FORK with a part for each skill. Method: load definitions, look at what they
// become.
import { expect, test } from 'vitest';
import { loadDefinition } from '../../../machines/language/load-definition.ts';
import type { ForkTask } from '../../../machines/task.ts';
import { chartOf } from '../../support/chart-of.ts';
import { definitionText } from '../../support/definition-text.ts';

const load = (tasks: string) => loadDefinition({ file: 'shared.yaml', content: definitionText(tasks) });

function problemsOf(tasks: string): readonly string[] {
  const result = load(tasks);

  return (result.ok ? result.warnings : result.problems).map(
    ({ line, column, code, message }) => `${line}:${column} ${code} ${message}`,
  );
}

function loaded(tasks: string) {
  const result = load(tasks);
  if (!result.ok) throw new Error(JSON.stringify(result.problems));

  return result.loaded;
}

test('each skill is a part of its own, which says what the task says about attempts', () => {
  const { definition } = loaded(
    '- {id: audit, requires: [dig, "File Reading"], share: true, optional: true, timeout: 5s, input: {folder: a}, retry_policy: {max_attempts: 2}}',
  );
  const [audit] = definition.tasks as [ForkTask];

  expect(audit).toMatchObject({ type: 'FORK', optional: true, retry: { maxAttempts: 1 } });
  expect(audit.timeoutMs).toBeUndefined();
  expect(audit.branches?.flat()).toMatchObject([
    {
      ...{ id: 'audit_dig', name: 'dig', type: 'SIMPLE', timeoutMs: 5_000, retry: { maxAttempts: 2 } },
      performer: { kind: 'skills', skills: ['dig'] },
      input: { skill: 'dig', folder: 'a' },
    },
    { id: 'audit_file_reading', performer: { skills: ['File Reading'] }, input: { skill: 'File Reading' } },
  ]);
  expect(audit.output).toEqual({
    kind: 'map',
    map: { dig: '${result["audit_dig"]}', 'File Reading': '${result["audit_file_reading"]}' },
  });
});

test('the text and its hash are those of the file as it was written', () => {
  const text = '- {id: audit, requires: [dig, haul], share: true}';

  expect(loaded(text).text).toContain('share: true');
  expect(chartOf(`  ${text}`).plan.has('audit_dig')).toBe(true);
  expect(loaded(text).ref.hash).not.toBe(loaded('- {id: audit, requires: [dig, haul]}').ref.hash);
});

test.each([
  [
    'requires: [dig, haul], share: true, station: hull',
    'a shared task has no "station": its parts are for the',
  ],
  ['requires: [dig], share: true', 'share: true takes two skills or more'],
  ['requires: [dig, dig], share: true', 'share: true takes two skills or more'],
  ['share: true', 'share: true takes two skills or more'],
  ['requires: [dig, "${workflow.id}"], share: true', 'the skills of a shared task stand in the text'],
  ['requires: [dig, haul], share: true, uses: noop', 'a shared task has no "uses"'],
  ['requires: [dig, haul], share: true, output: [dig]', 'its output is a mapping from each skill'],
  ['requires: [dig, haul], share: maybe', 'expected true or false'],
  ['requires: [A b, a-b, a b], share: true', 'audit_a_b'],
  ['type: NOOP, share: true', 'belongs to type SIMPLE'],
])('%s is refused', (keys, why) => {
  expect(problemsOf(`- {id: audit, ${keys}}`).join('\n')).toContain(why);
});

test('what is wrong in the input of a shared task is told once, where it stands', () => {
  const [told, ...others] = problemsOf(
    '- id: audit\n  requires: [dig, haul]\n  share: true\n  input: {folder: "${workflow.input.nowhere}"}',
  );

  expect(told).toContain('nowhere');
  expect(told).toMatch(/^\d+:\d+ /);
  expect(others).toEqual([]);
});

test('others read the output by skill, and a part by its id', () => {
  const after = (read: string) =>
    `- {id: audit, requires: [dig, haul], share: true}\n- {id: end, type: TRANSFORM, depends_on: audit, output: {a: "\${${read}}"}}`;

  expect(load(after('audit.output.dig.depth'))).toMatchObject({ ok: true });
  expect(load(after('audit_dig.output.depth'))).toMatchObject({ ok: true });
  expect(problemsOf(after('audit.output.digg')).join()).toContain('digg');
});
