// Pins down which lines of a page count as commands: the end-to-end test of the README types exactly these.
import { expect, test } from 'vitest';
import { commandsIn } from './markdown-commands.ts';

test('commands are the lines of sh fences, without prompts and comments', () => {
  const page = [
    '```sh',
    '$ npm ci && npm start   # some minutes',
    '',
    '# only a comment',
    'workflow start check --note "two words" \\',
    "  --sign '# not a comment'",
    '```',
    '```ts',
    'npm(1)',
    '```',
    'npm outside',
  ].join('\n');

  expect(commandsIn(page)).toEqual([
    { line: 2, text: 'npm ci', words: ['npm', 'ci'] },
    { line: 2, text: 'npm start', words: ['npm', 'start'] },
    {
      line: 5,
      text: `workflow start check --note "two words" --sign '# not a comment'`,
      words: ['workflow', 'start', 'check', '--note', 'two words', '--sign', '# not a comment'],
    },
  ]);
});
