// What the Dockerfile puts into the image is the command that users get, with the packages of the lock file and no
// other. Method: no Docker: the lines of its build that come after the build of the sources, in a folder that stands
// for its root; npm takes from its cache what it has.
import { spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { z } from 'zod';
import { containerText } from './compose.ts';

const source = fileURLToPath(new URL('../../', import.meta.url));
const Lock = z.object({ packages: z.record(z.string(), z.object({ version: z.string().optional() })) });

test('the image has the command of the package, and what is installed beside it is of the lock file', async () => {
  const root = await mkdtemp(join(tmpdir(), 'workflow-image-'));
  onTestFinished(() => rm(root, { recursive: true, force: true }));
  await mkdir(join(root, 'tmp'));
  await mkdir(join(root, 'opt/workflow'), { recursive: true });
  await symlink(source, join(root, 'source'));
  for (const { folder, command } of installing())
    run('sh', ['-ec', inRoot(command, root)], join(root, folder));

  const installed = join(root, 'opt/workflow');
  expect(run('node', ['dist/bin/workflow.js', 'check', 'definitions'], installed)).toContain('✓');
  const there = await lockAt(join(installed, 'node_modules/.package-lock.json'));
  const locked = await lockAt(join(source, 'package-lock.json'));
  expect(Object.keys(there)).toEqual(expect.arrayContaining(['node_modules/xstate', 'node_modules/zod']));
  expect(Object.keys(there)).not.toContain('node_modules/vitest');
  for (const [path, { version }] of Object.entries(there))
    expect([path, version]).toEqual([path, locked[path]?.version]);
});

/** What the first image runs once the sources are built, each with its folder. */
function installing(): readonly { readonly folder: string; readonly command: string }[] {
  const [, stage = ''] = containerText('Dockerfile').split(/^FROM /m);
  const lines = stage.replaceAll(/\\\n\s*/g, '').split('\n');
  let folder = '';
  const all = lines.flatMap((line) => {
    const [, name, rest = ''] = /^(WORKDIR|RUN) (.*)/.exec(line) ?? [];
    if (name === 'WORKDIR') folder = rest;

    return name === 'RUN' ? [{ folder, command: rest }] : [];
  });
  const built = all.findIndex(({ command }) => command === 'npm run build');
  expect(built).toBeGreaterThan(0);

  return all.slice(built + 1);
}

function inRoot(command: string, root: string): string {
  return command.replaceAll(/(?<= )\/(tmp|source|opt)\b/g, (path) => join(root, path));
}

function run(program: string, args: readonly string[], cwd: string): string {
  const { status, stdout, stderr } = spawnSync(program, args, {
    cwd,
    encoding: 'utf8',
    env: { ...process.env, NATS_URL: '', npm_config_prefer_offline: 'true', npm_config_loglevel: 'error' },
  });
  expect(status, `${program} ${args.join(' ')}: ${stdout}${stderr}`).toBe(0);

  return stdout;
}

async function lockAt(path: string) {
  return Lock.parse(JSON.parse(await readFile(path, 'utf8'))).packages;
}
