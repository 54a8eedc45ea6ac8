// docs/gallery.md does not lie: every command of it is run as it is written, in order, with galleries at the places
// that it names. Method: the built command line; names of servers are replaced by those of real ones.
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { gitRepository, greeting, greetingCases, staticServer } from '../gallery/gallery-world.ts';
import { commandsIn } from '../support/markdown-commands.ts';
import { builtCli, runProgram } from './station.ts';

test('every command of docs/gallery.md works as it is written', async () => {
  const home = await mkdtemp(join(tmpdir(), 'workflow-gallery-'));
  const project = join(home, 'project');
  onTestFinished(async () => {
    await runProgram(builtCli, ['down'], { cwd: project });
    await rm(home, { recursive: true, force: true });
  });
  await mkdir(join(project, 'definitions'), { recursive: true });
  await writeFile(join(project, 'definitions/greeting.yaml'), greeting(1));
  await writeFile(join(project, 'definitions/greeting.test.yaml'), greetingCases);
  const run = (words: readonly string[]) => runProgram(builtCli, words, { cwd: project });
  const first = await run(['gallery', 'publish', 'greeting', '--to', '../shared-gallery']);
  expect(first).toMatchObject({ code: 0 });
  const copy = join(home, 'copy');
  await cp(join(home, 'shared-gallery'), copy, { recursive: true });
  const served = await staticServer(copy);
  const repository = `git+file://${await gitRepository(copy)}`;

  const page = await readFile(new URL('../../docs/gallery.md', import.meta.url), 'utf8');
  const commands = commandsIn(page);
  expect(commands.length).toBeGreaterThan(9);
  for (const { text, words } of commands) {
    const given = words
      .slice(1)
      .map((word) =>
        word
          .replace('https://templates.example/gallery/', served)
          .replace('git+https://git.example/templates.git', repository),
      );
    const { code, stderr } = await run(given);
    expect({ text, code, stderr: code === 0 ? '' : stderr }).toEqual({ text, code: 0, stderr: '' });
  }
}, 300_000);
