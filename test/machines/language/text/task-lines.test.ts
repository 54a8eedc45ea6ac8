// Where tasks stand in the text of a definition, for whoever looks from a run at its text.
import { expect, test } from 'vitest';
import { taskLinesInText } from '../../../../machines/language/text/task-names-in-text.ts';

const text = `# a banner
workflow:
  id: orders
  version: 1
  triggers: [{ id: nightly, cron: '0 1 * * *' }]
  tasks:
    - id: each
      type: FORK
      branches:
        - - { id: left, type: NOOP }
        - - id: right
            type: NOOP
    - { type: DO_WHILE, id: again, tasks: [{ id: inner, type: NOOP }] }
  failure_workflow:
    steps:
      - id: tell
        type: NOOP
`;

test('each task begins on its own line, however deep it stands; a trigger is no task', () => {
  expect([...taskLinesInText(text)]).toEqual([
    ['each', 7],
    ['left', 10],
    ['right', 11],
    ['again', 13],
    ['inner', 13],
    ['tell', 16],
  ]);
});

test('a text that is no YAML has no lines to tell', () => {
  expect(taskLinesInText('workflow: [').size).toBe(0);
  expect(taskLinesInText('a\0b').size).toBe(0);
});
