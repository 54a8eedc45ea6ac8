// The second hour in a real terminal (tmux): from an empty folder by `workflow init` and `workflow dev` to what an edit
// comes to, through a mistake and back, with an agent that is killed; and Ctrl-C leaves no process.
import { appendFile, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { builtCli } from '../../e2e/station.ts';
import { withTerminal } from './terminal.ts';

const patience = { timeout: 20_000, interval: 100 };
const watcher = `require('node:fs').writeFileSync('watcher.pid', String(process.pid)); setInterval(() => {}, 1000);\n`;
const terminal = {
  definitions: {},
  hasEngine: false,
  args: () => 'init',
  columns: 110,
  rows: 40,
  env: 'LANG=C.UTF-8',
};

type Named = { readonly id: string; readonly source: string };

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

test('init, dev, an edit and its outcome, a mistake and its mending, an agent that is killed, and Ctrl-C', async () => {
  await withTerminal(terminal, async ({ folder, shows, press, screen, says }, open) => {
    const hello = join(folder, 'definitions/hello.yaml');
    const pidIn = async (path: string): Promise<number> =>
      Number(await readFile(join(folder, path), 'utf8').catch(() => ''));
    await open();
    await shows('workflow dev');
    await shows('left with 0');
    await press(`node ${builtCli} dev --http 0`, 'Enter');
    await shows('✓ definitions/hello.yaml  hello v1, 1 task');
    expect(await screen()).toMatch(/workflow dev {2}http:\/\/127\.0\.0\.1:\d+\/#/);

    const text = await readFile(hello, 'utf8');
    await writeFile(hello, text.replace('"hello "', '"good evening "'));
    await shows(/✓ completed {2}hello v1[\s\S]*said {2}good evening Ada/);

    await writeFile(hello, text.replace('timeout', 'timout'));
    await shows(/definitions\/hello\.yaml:\d+:7 {2}error .*unknown key "timout"; did you mean "timeout"\?/);
    expect(await screen()).not.toContain('good evening');
    await writeFile(hello, text.replace('"hello "', '"good night "'));
    await shows(/✓ definitions\/hello\.yaml[\s\S]*said {2}good night Ada/);

    await writeFile(join(folder, 'watcher.cjs'), watcher);
    await appendFile(join(folder, 'agents.yaml'), '\n  WATCHER: {command: [node, watcher.cjs]}\n');
    await expect.poll(() => pidIn('watcher.pid'), patience).toBeGreaterThan(0);
    const first = await pidIn('watcher.pid');
    // What a save has printed is cleared by the next: the program may be there before its file is told of.
    await shows('agents.yaml  2 agents');
    process.kill(first, 'SIGKILL');
    await expect.poll(() => pidIn('watcher.pid'), patience).not.toBe(first);
    await shows('[WATCHER] it was ended by SIGKILL; it is started again in 0.5 s');

    // Of three drafts no version is registered.
    const { items } = JSON.parse(await says('definitions', '--json'));
    expect(items.map(({ id, source }: Named) => [id, source])).toEqual([['hello', 'project']]);
    const [{ pid: server }] = JSON.parse(await says('servers', folder, '--json')).items;
    const watching = await pidIn('watcher.pid');
    expect([server, watching].map(isAlive)).toEqual([true, true]);
    await press('C-c');
    await shows('everything has stopped');
    expect([server, watching].map(isAlive)).toEqual([false, false]);
  });
}, 120_000);
