// What teaches coding agents is true. Method: in a project that `init` made, the files that the texts show are written
// and their commands run, in the order in which they are written. A command ends with 0 unless it says otherwise.
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createProject } from '../cli/project.ts';

const folder = 'examples/coding-agents';

test.each([
  [`${folder}/AGENTS.md`, 3],
  [`${folder}/skills/3ox-workflow/SKILL.md`, 9],
])('%s: what it shows can be done', async (path, commands) => {
  const { dir, cli } = await createProject({});
  await cli('init');
  const text = await readFile(path, 'utf8');
  const done: string[] = [];
  for (const [, language, block = ''] of text.matchAll(/```(yaml|sh)\n(.*?)```/gs)) {
    const [, file] = /^# (\S+)\n/.exec(block) ?? [];
    if (language === 'yaml') await writeFile(join(dir, file ?? 'unnamed.yaml'), block);
    else
      for (const line of block.trimEnd().split('\n')) {
        const [, command = '', exit = '0'] = /^workflow (.+?)(?: # exit (\d))?$/.exec(line) ?? [];
        const ran = await cli(command);
        expect([command, ran.exit, ran.exit === Number(exit) ? '' : ran.err]).toEqual([
          command,
          Number(exit),
          '',
        ]);
        done.push(command);
      }
  }

  expect(done).toHaveLength(commands);
});

test('every command that AGENTS.md names is one', async () => {
  const { cli } = await createProject({});
  const text = await readFile(`${folder}/AGENTS.md`, 'utf8');
  const names = new Set([...text.matchAll(/workflow ([a-z]+)/g)].map(([, name = '']) => name));
  expect(names.size).toBeGreaterThan(8);
  for (const name of names) expect([name, (await cli(`${name} --help`)).exit]).toEqual([name, 0]);
});
