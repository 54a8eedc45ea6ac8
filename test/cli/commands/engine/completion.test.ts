// `workflow completion`: what the tab key offers. Method: `reply`, which the scripts of all shells ask, in a project of
// its own; and each script in its shell, where the machine has it, with a stand-in for `workflow` on the PATH.
import { execFileSync } from 'node:child_process';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { all } from '../../definitions.ts';
import { createProject } from '../../project.ts';

async function offered(words: string) {
  const { cli } = await createProject(all);
  const { exit, out, err } = await cli(`completion reply -- ${words}`);
  expect({ exit, err }).toEqual({ exit: 0, err: '' });

  return out.split('\n').map((line) => line.split('\t')[0]);
}

test.each([
  ['appr', ['approve', 'approvals']],
  ['definitions pub', ['publish']],
  ['list --lim', ['--limit']],
  ['chart --format m', ['mermaid']],
  ['start gre', ['greeting']],
  ['start greeting --wh', ['--who']],
  ['graph app', ['approval']],
  ['help repl', ['replay']],
  ['explain yaml.e', ['yaml.empty', 'yaml.encoding', 'yaml.empty-key']],
  ['--project . sta', ['start', 'status']],
  ['quite something', []],
])('workflow %s becomes one of %j', async (words, candidates) => {
  expect((await offered(words)).filter(Boolean)).toEqual(candidates);
});

test('ids of runs and of their tasks are offered where a server is up', async () => {
  const { cli } = await createProject(all);
  await cli('start approval');
  const reply = async (words: string, env = { NATS_URL: 'nats://is-up' }) =>
    (await cli(`completion reply -- ${words}`, { env })).out;
  expect(await reply('show 0')).toMatch(/^[0-9a-z]+\tapproval running\n$/);
  expect(await reply('show @')).toContain('@last\t');
  expect(await reply('approve @last a')).toBe('ask\tpending_approval\n');
  expect(await reply('show 0', { NATS_URL: '' })).toBe('');
});

test('a shell that is not known is refused with those that are', async () => {
  const { cli } = await createProject({});
  expect(await cli('completion tcsh')).toMatchObject({
    exit: 2,
    err: expect.stringContaining('bash, zsh, fish'),
  });
});

const byShell = {
  bash: (script: string) =>
    `${script}\nCOMP_LINE="workflow show @l"; COMP_POINT=\${#COMP_LINE}; COMP_WORDS=(workflow show @ l); COMP_CWORD=3\n` +
    '_workflow; printf "%s\\n" "${COMPREPLY[@]}"',
  zsh: (script: string) =>
    `compdef() { :; }; _describe() { print -l $found; }; _files() { print files; }\n${script}\n` +
    'words=(workflow show @l); CURRENT=3; _workflow',
  fish: (script: string) => `${script}\ncomplete -C "workflow show @l"`,
};
const expected = { bash: 'last', zsh: '@last:the latest', fish: '@last\tthe latest' };

test.each(['bash', 'zsh', 'fish'] as const)(
  'the script for %s asks for the word at the cursor',
  async (shell) => {
    if (!isThere(shell)) return expect(shell).not.toBe('bash');
    const { cli } = await createProject({});
    const { out: script } = await cli(`completion ${shell}`);
    const folder = await mkdtemp(join(tmpdir(), 'workflow-completion-'));
    onTestFinished(() => rm(folder, { recursive: true, force: true }));
    const asked = join(folder, 'asked');
    await writeFile(
      join(folder, 'workflow'),
      `#!/bin/sh\nprintf '%s|' "$@" >>${asked}\nprintf '@last\\tthe latest\\n'\n`,
    );
    await chmod(join(folder, 'workflow'), 0o755);
    const out = execFileSync(shell, ['-c', byShell[shell](script)], {
      env: { PATH: `${folder}:${process.env['PATH'] ?? ''}`, HOME: folder },
      encoding: 'utf8',
    });
    expect(out.trim()).toBe(expected[shell]);
    expect(execFileSync('cat', [asked], { encoding: 'utf8' })).toContain('completion|reply|--|show|@l|');
  },
);

function isThere(shell: string): boolean {
  try {
    execFileSync(shell, ['-c', 'true']);
    return true;
  } catch {
    return false;
  }
}
