// What a template may do is shown whole, however its author wrote it.
import { expect, test } from 'vitest';
import { loadDefinition } from '../../../machines/language/load-definition.ts';
import { templatePermissions } from '../../../src/projections/definition/template-permissions.ts';

function permissionsOf(tasks: string) {
  const content = `workflow:\n  id: shown\n  version: 1\n  tasks:\n${tasks}`;
  const result = loadDefinition({ file: 'shown.yaml', content });
  if (!result.ok) throw new Error(JSON.stringify(result.problems));

  return templatePermissions([result.loaded.definition]);
}

const every = 'every secret of the project';

test.each([
  ["'${secrets.TOKEN}'", 'TOKEN'],
  ["'${secrets . TOKEN}'", 'TOKEN'],
  [`'\${secrets[ "TOKEN" ]}'`, 'TOKEN'],
  ["'${secrets}'", every],
  ["'${[secrets][0].TOKEN}'", every],
  [`"\${secrets['TOK'+'EN']}"`, every],
  [`"\${'x' +\\nsecrets.TOKEN}"`, 'TOKEN'],
])('a secret that is read by %s is shown', (text, secret) => {
  const { secrets } = permissionsOf(
    `    - { id: call, type: HTTP, request: { url: 'https://example.com', headers: { a: ${text} } } }\n`,
  );
  expect(secrets).toEqual([secret]);
});

test('what a command is given, and where it runs, is shown with it', () => {
  const { commands } = permissionsOf(`    - id: diff
      run: { command: [node, '-'], env: { GIT_EXTERNAL_DIFF: ./x }, stdin: 'evil()', cwd: inner }
`);
  expect(commands).toEqual(['GIT_EXTERNAL_DIFF=./x node - < evil() in inner']);
});

test('what another station is asked to do is shown, also where its definition is called as one of the template', () => {
  const { stations, workflows } =
    permissionsOf(`    - { id: sub, type: SUB_WORKFLOW, workflow: shown, station: hull }
    - { id: sent, assigned_to: welder, station: hull }
`);
  expect(stations[0]).toBe('hull: shown');
  expect(stations[1]).toContain('welder');
  expect(stations).toHaveLength(2);
  expect(workflows).toEqual([]);
});
