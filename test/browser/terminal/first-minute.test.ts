// The first minute of somebody who has Node and npm alone: from an empty folder by `npx` of the package as it is
// published to a run of their own. Method: the packed tarball, a cache of npm that is empty, a real terminal (tmux).
import { spawnSync } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { withTerminal } from './terminal.ts';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const ownRunMsMax = 60_000;
const terminal = { definitions: {}, hasEngine: false, args: () => '--version', columns: 110, rows: 40 };

test('npx init, npx dev and an edit give a run of their own within a minute', async () => {
  const packed = await mkdtemp(join(tmpdir(), 'workflow-packed-'));
  onTestFinished(() => rm(packed, { recursive: true, force: true, maxRetries: 5 }));
  // npx asks before it fetches a package, and would fetch the one that is published.
  const settings = `npm_config_yes=true npm_config_package=${pack(packed)} npm_config_cache=${join(packed, 'cache')}`;

  await withTerminal(terminal, async ({ folder, shows, press, screen }, open) => {
    const type = (line: string) => press(line, 'Enter');
    await open();
    await shows('left with 0');
    await type(`export ${settings}; clear`);

    const since = performance.now();
    const times: string[] = [];
    const reached = (stage: string): void => {
      times.push(`${((performance.now() - since) / 1_000).toFixed(1)} s ${stage}`);
    };
    await type('npx 3ox-workflow init');
    await shows('npx 3ox-workflow dev ');
    reached('init');
    await type('clear; npx 3ox-workflow dev --http 0');
    await shows('✓ definitions/hello.yaml  hello v1, 1 task');
    reached('dev');
    expect(await screen()).toMatch(/workflow dev {2}http:\/\/127\.0\.0\.1:\d+\/#/);
    const hello = join(folder, 'definitions/hello.yaml');
    const text = await readFile(hello, 'utf8');
    await writeFile(hello, text.replace('"hello "', '"good evening "'));
    await shows(/✓ completed {2}hello v1[\s\S]*said {2}good evening Ada/);
    reached('first own run');
    const ownRunMs = performance.now() - since;
    await writeFile(hello, text.replace('"hello "', '"good night "'));
    await shows(/said {2}good night Ada/);
    reached('changed run');
    await press('C-c');
    await shows('everything has stopped');

    process.stdout.write(`from npx: ${times.join(', ')}\n`);
    expect(ownRunMs).toBeLessThan(ownRunMsMax);
  });
}, 180_000);

/** The path of the tarball. */
function pack(folder: string): string {
  const args = ['pack', '--silent', '--ignore-scripts', '--pack-destination', folder];
  const { status, stdout, stderr } = spawnSync('npm', args, { cwd: root, encoding: 'utf8' });
  if (status !== 0) throw new Error(`npm pack failed: ${stderr}`);

  return join(folder, stdout.trim());
}
