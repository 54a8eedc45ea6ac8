// A definition says how far it reaches, and its approvals follow. Method: definitions are loaded as text, and whom
// their tasks ask, or what is found wrong, is compared whole.
import { expect, test } from 'vitest';
import { starting } from '../../../machines/agents/actions.ts';
import { loadDefinition } from '../../../machines/language/load-definition.ts';
import { higherStratos, upFrom } from '../../../machines/stratos.ts';

function load(stratos: string, tasks: string) {
  const content = `workflow:\n  id: plan\n  version: 1\n  stratos: ${stratos}\n  tasks:\n${tasks}`;

  return loadDefinition({ file: 'plan.yaml', content });
}

function loaded(stratos: string, tasks: string) {
  const result = load(stratos, tasks);
  if (!result.ok) throw new Error(result.problems.map(({ message }) => message).join('\n'));

  return result;
}

function found(stratos: string, tasks: string): readonly string[] {
  const result = load(stratos, tasks);
  const problems = result.ok ? result.warnings : result.problems;

  return problems.map(({ code, line, message }) => `${line} ${code}: ${message}`);
}

/** Whom the first task asks. */
function asked(stratos: string, human: string) {
  const [task] = loaded(stratos, `    - {id: sign, type: HUMAN${human}}\n`).loaded.definition.tasks;

  return task?.type === 'HUMAN' ? [task.approvers, task.escalateTo, task.escalate] : [];
}

test('whom an approval asks is of the level of its definition, named or not', () => {
  expect(asked('strategic', '')[0]).toEqual({ level: 'L0', names: [] });
  expect(asked('tactical', '')[0]).toEqual({ level: 'L1', names: [] });
  expect(asked('operational', '')[0]).toEqual({ level: 'L2', names: [] });
  expect(asked('tactical', ', approvers: {names: ana}')[0]).toEqual({ level: 'L1', names: ['ana'] });
  expect(asked('tactical', ', approvers: {level: L0}')[0]).toEqual({ level: 'L0', names: [] });
  expect(
    asked('tactical', ', timeout: 1h, on_timeout: escalate, escalate_to: {names: bob}').slice(1, 2),
  ).toEqual([{ level: 'L1', names: ['bob'] }]);
  expect(asked('tactical', ', escalate: [{after: 1h, to: {names: bob}}]')[2]).toEqual([
    { afterMs: 3_600_000, to: { level: 'L1', names: ['bob'] } },
  ]);
});

test('an approval that is asked for on another station is bounded as here', () => {
  const sent = (human: string) => {
    const text = `    - {id: sign, type: HUMAN, station: hull${human}}\n`;
    const [task] = loaded('tactical', text).loaded.definition.tasks;
    return task?.type === 'SUB_WORKFLOW' ? task.sent : undefined;
  };
  expect(sent('')).toMatchObject({ approvers: { level: 'L1' } });
  expect(sent(', approvers: {names: ana}')).toMatchObject({ approvers: { level: 'L1', names: 'ana' } });
  expect(sent(', approvers: {level: L0}')).toMatchObject({ approvers: { level: 'L0' } });
  expect(
    sent(', timeout: 2h, on_timeout: escalate, escalate_to: {names: bob}, approvers: {names: ana}'),
  ).toMatchObject({ escalate_to: { level: 'L1', names: 'bob' } });
  expect(sent(', escalate: [{after: 1h, to: {names: bob}}]')).toMatchObject({
    escalate: [{ to: { level: 'L1', names: 'bob' } }],
  });
});

test('an approval inside of a loop is bounded, too', () => {
  const body =
    '    - id: each\n      type: FORK\n      for_each: "${[1]}"\n      tasks: [{id: sign, type: HUMAN}]\n';
  const [fork] = loaded('tactical', body).loaded.definition.tasks;
  const inner =
    fork?.type === 'FORK' && fork.body !== undefined && 'tasks' in fork.body ? fork.body.tasks : [];
  expect(inner).toMatchObject([{ id: 'sign', approvers: { level: 'L1', names: [] } }]);
});

test('an approval that asks below the level of its definition is an error, at its place', () => {
  expect(found('tactical', '    - {id: sign, type: HUMAN, approvers: {level: L2}}\n')).toEqual([
    '6 definition.stratos-approver: what is tactical is decided by L1 or above, and this asks L2',
  ]);
  expect(
    found('strategic', '    - {id: sign, type: HUMAN, escalate: [{after: 1h, to: {level: L1}}]}\n'),
  ).toEqual(['6 definition.stratos-approver: what is strategic is decided by L0, and this asks L1']);
});

test('the levels go by the numbers of the seeds, too, and the fourth needs no workflow', () => {
  const labels = (stratos: string) => loaded(stratos, '    - {id: a, type: NOOP}\n').loaded.definition.labels;
  expect(labels('STRATOS-1')).toEqual({ stratos: 'strategic' });
  expect(labels('STRATOS-3')).toEqual({ stratos: 'operational' });
  expect(found('STRATOS-4', '    - {id: a, type: NOOP}\n')[0]).toMatch(
    /^4 .*done directly, without a workflow/,
  );
  expect(found('tactic', '    - {id: a, type: NOOP}\n')[0]).toMatch(
    /^4 .*expected strategic, tactical or operational/,
  );
});

test('what is operational is a tool of two or three steps', () => {
  const tasks = (count: number) =>
    Array.from({ length: count }, (_, index) => `    - {id: a${index}, type: NOOP}\n`).join('');
  expect(found('operational', tasks(3))).toEqual([]);
  expect(found('operational', tasks(4))).toEqual([
    '4 definition.stratos-size: what is operational is a tool of at most 3 tasks, and these are 4: make it tactical, or split it',
  ]);
  expect(found('tactical', tasks(4))).toEqual([]);
});

test('the failure workflow that is written inside of a definition is of its level', () => {
  const tasks =
    '    - {id: a, type: NOOP}\n  failure_workflow: {id: mend, steps: [{id: sign, type: HUMAN}]}\n';
  const { failureText = '' } = loaded('strategic', tasks).loaded;
  const inner = loadDefinition({ file: 'mend', content: failureText });
  expect(inner.ok && inner.loaded.definition).toMatchObject({
    labels: { stratos: 'strategic' },
    tasks: [{ id: 'sign', approvers: { level: 'L0', names: [] } }],
  });
  expect(inner.ok && starting(inner.loaded.definition)).toMatchObject({ stratos: 'strategic' });
});

test('up from a level is the level itself and those above it', () => {
  expect(upFrom('operational')).toEqual(['operational', 'tactical', 'strategic']);
  expect(upFrom('strategic')).toEqual(['strategic']);
  expect(higherStratos('operational', 'tactical')).toBe('tactical');
  expect(higherStratos(undefined, undefined)).toBeUndefined();
});
