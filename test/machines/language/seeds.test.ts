// The documents this product was asked for in hold definitions and pieces of them, which must load as they are
// written. Method: load the copies under test/fixtures/seeds and compare what they mean.
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { loadDefinition } from '../../../machines/language/load-definition.ts';
import { definitionText } from '../../support/definition-text.ts';

const seed = (name: string) => readFileSync(new URL(`../../fixtures/seeds/${name}`, import.meta.url));

describe('the inventory validation of the research report, decoration included', () => {
  const result = loadDefinition({
    file: 'seed.yaml',
    content: seed('inventory-validation-v1.workflow.yaml'),
  });
  if (!result.ok) throw new Error(JSON.stringify(result.problems, null, 2));
  const { definition, banner, ref } = result.loaded;

  test('loads', () => {
    expect(ref).toMatchObject({ id: 'inventory-validation-v1', version: 1 });
    expect(Object.keys(definition.input)).toEqual(['target_folder', 'policy_file', 'strict_mode']);
    expect(definition.failureWorkflow).toEqual({
      kind: 'inline',
      id: 'inventory-validation-failure-handler',
      steps: ['log_to_incident', 'notify_commander', 'preserve_state'],
    });
    expect(definition.monitoring?.logTo).toBe('.3ox/workflow.execution.log');
  });

  test('keeps its banner', () => {
    expect(banner.split('\n')).toHaveLength(5);
    expect(banner).toContain('〔atlas.legacy.workflow.inventory〕');
  });

  test('routes the receipt by the decision, which no dependency says', () => {
    const receipt = definition.tasks.find((task) => task.id === 'generate_receipt');
    expect(receipt).toMatchObject({ dependsOn: [], output: { kind: 'map' } });
    expect(definition.tasks.find((task) => task.id === 'decision_gate')).toMatchObject({
      cases: [
        { value: 'PASS', next: ['generate_receipt'] },
        { value: 'FAIL_STRICT', next: ['alert_cmd_bridge'] },
        { value: 'FAIL_SOFT', next: ['generate_warning_receipt'] },
      ],
    });
  });

  test('gets a task for the receipt that it names and does not list', () => {
    expect(definition.tasks.map((task) => task.id)).toEqual([
      'scan_files',
      'load_policy',
      'validate_compliance',
      'decision_gate',
      'generate_receipt',
      'alert_cmd_bridge',
      'generate_warning_receipt',
    ]);
  });

  test('is warned of where it is unfinished', () => {
    expect(result.warnings.map((each) => `${each.line} ${each.code}`)).toEqual([
      '22 definition.unknown-output',
      '24 definition.unknown-output',
      '49 definition.unread-output',
      '70 definition.not-exhaustive',
      '76 definition.implied-task',
    ]);
  });
});

test('the tasks of the comparison load, wrapped into a definition', () => {
  const head = 'input: {required: [output_folder], optional: [strict_mode: false]}';
  const content = definitionText(seed('comparison-tasks.yaml').toString(), head);
  const result = loadDefinition({ file: 'seed.yaml', content });
  if (!result.ok) throw new Error(JSON.stringify(result.problems, null, 2));
  const { tasks } = result.loaded.definition;

  expect(tasks.map((task) => [task.id, task.dependsOn])).toEqual([
    ['scan_files', []],
    ['load_policy', []],
    ['validate_compliance', ['scan_files', 'load_policy']],
    // It says nothing of when it is taken; what it reads does.
    ['compliance_decision_gate', ['validate_compliance']],
    ['generate_success_receipt', []],
    ['generate_warning_receipt', []],
    ['generate_failure_receipt', []],
    ['alert_cmd_bridge', []],
  ]);
  expect(tasks[3]).toMatchObject({
    cases: [
      { value: 'PASS' },
      { value: 'PARTIAL', condition: '(workflow.input.strict_mode) == false' },
      { value: 'FAIL', next: ['generate_failure_receipt', 'alert_cmd_bridge'] },
    ],
  });
});
