// A station moves to another server while its engine is at work. Method: the built command line; the old station has a
// server of its own, and neither that nor its engine is ended by hand.
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { startTestServer } from '../support/nats.ts';
import { builtCli, runProgram } from './station.ts';
import { engineProcess } from './worker-processes.ts';

/** Says that it begins, and where, and goes on until there is a gate. */
const crossing = (folder: string) => `
trap 'exit 1' TERM
echo "$(basename "$PWD") $WORKFLOW_ATTEMPT_KEY" >> ${folder}/begun
while [ ! -e ${folder}/gate ]; do sleep 0.1; done
`;

async function openStation(folder: string, name: string, url: string) {
  const cwd = join(folder, name);
  await mkdir(join(cwd, 'definitions'), { recursive: true });
  const run = `{shell: sh, command: ['. "$1"', "${folder}/crossing.sh"]}`;
  const definition = `workflow: {id: crossing, version: 1, tasks: [{id: cross, run: ${run}}]}`;
  await writeFile(join(cwd, 'definitions', 'crossing.yaml'), definition);
  const env = { NATS_URL: url, WORKFLOW_NAMESPACE: 'moving' };
  const engine = engineProcess({ cwd, env });
  onTestFinished(() => engine.kill9());

  return { cwd, engine, cli: (...args: string[]) => runProgram(builtCli, [...args, '--json'], { cwd, env }) };
}

test('a station is restored elsewhere while its engine is at work, which ends and stores nothing more', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'workflow-moving-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  await writeFile(join(folder, 'crossing.sh'), crossing(folder));
  const begun = async (): Promise<readonly string[]> =>
    (await readFile(join(folder, 'begun'), 'utf8').catch(() => '')).split('\n').filter(Boolean);
  const old = await openStation(folder, 'old', '');
  onTestFinished(async () => void (await old.cli('down')));
  await old.engine.start();
  const started = await old.cli('start', 'crossing', '--detach');
  const { run } = JSON.parse(started.stdout) as { readonly run: string };
  await expect.poll(begun, { timeout: 30_000 }).toEqual([`old ${run}/cross/1`]);
  expect(await old.cli('backup', join(folder, 'copied'))).toMatchObject({ code: 0 });
  const server = await startTestServer();
  onTestFinished(() => server.stop());
  const fresh = await openStation(folder, 'fresh', server.url);
  const status = async ({ cli }: typeof fresh): Promise<unknown> =>
    (JSON.parse((await cli('show', run)).stdout) as { readonly status?: string }).status;

  expect(await fresh.cli('restore', join(folder, 'copied'), '--fence', old.cwd)).toMatchObject({ code: 0 });

  expect(await old.engine.ended()).toBe(5);
  expect(old.engine.said()).toContain('fenced this site off');
  expect((await old.cli('doctor')).stdout).toContain('site.fenced');
  await expect(old.engine.start()).rejects.toThrow('fenced this site off');
  await fresh.engine.start();
  await expect.poll(begun, { timeout: 30_000 }).toEqual([`old ${run}/cross/1`, `fresh ${run}/cross/1`]);
  await writeFile(join(folder, 'gate'), '');
  await expect.poll(() => status(fresh), { timeout: 30_000, interval: 500 }).toBe('COMPLETED');
  expect(await status(old)).toBe('RUNNING');
}, 180_000);
