// What a new version changes for others: those who start it, and those who read what it gives.
import { expect, test } from 'vitest';
import type { Definition } from '../../../machines/definition.ts';
import { loadDefinition } from '../../../machines/language/load-definition.ts';
import { needsOf } from '../../../src/projections/definition/definition-row.ts';
import { interfaceChanges } from '../../../src/projections/definition/interface-changes.ts';

function loaded(body: string): Definition {
  const result = loadDefinition({ file: 'a.yaml', content: `workflow: {id: a, version: 1, ${body}}` });
  if (!result.ok) throw new Error(result.problems.map(({ message }) => message).join('\n'));

  return result.loaded.definition;
}

const tasks = 'tasks: [{id: sum, type: TRANSFORM, output: {total: 1}}]';

test('an input that is asked for, gone or of another type breaks starts; one that may be given does not', () => {
  const before = loaded(
    `input: {properties: {who: {type: string}, old: {type: string}, n: {type: integer}}}, ${tasks}`,
  );
  const after = loaded(
    `input: {properties: {who: {type: string}, n: {type: string}, must: {type: string}, may: {type: string}}, required: [must]}, ${tasks}`,
  );
  expect(interfaceChanges(before, after)).toEqual([
    { kind: 'added', place: 'input', name: 'must', note: 'has to be given now', breaks: true },
    { kind: 'changed', place: 'input', name: 'n', note: 'was integer, is string', breaks: true },
    { kind: 'added', place: 'input', name: 'may', note: 'may be given', breaks: false },
    { kind: 'removed', place: 'input', name: 'old', note: 'a start that gives it is refused', breaks: true },
  ]);
  expect(interfaceChanges(before, before)).toEqual([]);
});

test('outputs, triggers and tasks that come and go are told', () => {
  const before = loaded(
    `output: {total: "\${sum.output.total}"}, triggers: [{id: told, on: order.received}], ${tasks}`,
  );
  const after = loaded(`output: {sum: 1}, tasks: [{id: sum, type: NOOP}, {id: more, type: NOOP}]`);
  expect(
    interfaceChanges(before, after).map(({ kind, place, name, breaks }) => [kind, place, name, breaks]),
  ).toEqual([
    ['added', 'output', 'sum', false],
    ['removed', 'output', 'total', true],
    ['removed', 'trigger', 'told', false],
    ['changed', 'task', 'sum', false],
    ['added', 'task', 'more', false],
  ]);
});

test('needs are the skills, secrets, programs and other definitions of all tasks, each once', () => {
  const needs = needsOf(
    loaded(`tasks: [
      {id: a, run: {command: [make, all]}}, {id: b, run: {command: [make, test]}}, {id: c, requires: [ocr]},
      {id: d, type: SUB_WORKFLOW, workflow: other@2},
      {id: e, type: HTTP, request: {method: GET, url: "https://example.org", headers: {authorization: "\${secrets.API_KEY}"}}}]`),
  );
  expect(needs).toEqual({
    skills: ['ocr'],
    secrets: ['API_KEY'],
    programs: ['make'],
    workflows: ['other@2'],
  });
});
