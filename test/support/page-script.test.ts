// Pins down what of a page is put into files, typed, and expected to be seen: the tests of the README and of the
// tutorials believe these functions.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { blocksOf, scriptOf, unseen } from './page-script.ts';

const page = [
  'Put this in `deep/name.txt`:',
  '',
  '```text',
  'Ada $HOME',
  '```',
  '',
  'Only shown:',
  '',
  '```js',
  'never()',
  '```',
  '',
  '```sh',
  'cat deep/name.txt   # a comment',
  'sh -c "exit 6"   # exit code 6',
  '```',
  '',
  '```',
  'Ada ...',
  '```',
].join('\n');

test('a file is put where the paragraph before it says, and commands are typed, with the exit codes that the page names', () => {
  const blocks = blocksOf(page);
  const printed = played(page);

  expect(blocks.map(({ kind }) => kind)).toEqual(['file', 'commands', 'output']);
  expect(printed).toEqual({ code: 0, stdout: '@@ line 13\nAda $HOME\n' });
  expect(unseen(blocks, printed.stdout)).toEqual([]);
});

test('a command that ends otherwise than the page says ends the script', () => {
  const { code, stdout } = played('\n```sh\nfalse\necho "never"\n```\n');

  expect({ code, stdout }).toEqual({ code: 99, stdout: '@@ line 2\nexit code 1, not 0: false\n' });
});

test('what a page shows and its commands did not print, in this order, is named', () => {
  const shown = blocksOf('\n```sh\nx\n```\n\n```\none 12ms 01m8fvej95y36\ntwo   columns\nthree\n```\n');
  const said = (text: string) => unseen(shown, `@@ line 2\n${text}`);

  expect(said('one 1.5s 01aaaaaaaaaaaaaa\nbetween\n two columns\nthree\n')).toEqual([]);
  expect(said('two columns\none 9ms 01m8fvej95y36\nthree\n')).toEqual(['two   columns']);
  expect(said('one 9ms 01m8fvej95y36, or so\n')).toEqual([
    'one 12ms 01m8fvej95y36',
    'two   columns',
    'three',
  ]);
});

function played(markdown: string): { readonly code: number; readonly stdout: string } {
  const cwd = mkdtempSync(join(tmpdir(), 'workflow-page-script-'));
  const script = `(${scriptOf(blocksOf(markdown))}\n); echo "code $?"`;
  const printed = execFileSync('bash', ['-c', script], { cwd, encoding: 'utf8' });
  rmSync(cwd, { recursive: true });
  const [, stdout = '', code = ''] = /^([\s\S]*?)code (\d+)\n$/.exec(printed) ?? [];

  return { code: Number(code), stdout };
}
