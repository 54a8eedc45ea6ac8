// What docs/stations.md and the page of its example say is done, command by command. Method: two projects in an empty
// folder with the files that the page gives, on free ports, and real engines and servers.
import { execFileSync } from 'node:child_process';
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { createMortalProcess } from '../support/mortal-process.ts';
import { builtCli, runProgram } from './station.ts';
import { freePort } from './two-stations.ts';

const patient = { timeout: 30_000, interval: 200 };
const pathOf = (path: string) => fileURLToPath(new URL(`../../${path}`, import.meta.url));

/** An empty folder in which commands of a page are given, with other ports than those that stand there. */
async function openFolder() {
  const folder = await mkdtemp(join(tmpdir(), 'workflow-stations-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  // An engine that is still there brings its server up again: this is done once both are killed.
  onTestFinished(async () => {
    for (const side of ['bridge', 'hull']) await cli(`workflow down --project ${side}`);
  });
  const cli = (line: string) => runProgram(builtCli, line.trim().split(' ').slice(1), { cwd: folder });
  const ports = { '7420': await freePort(), '7421': await freePort(), '7422': await freePort() };
  const ported = (text: string) =>
    Object.entries(ports).reduce((all, [from, to]) => all.replaceAll(`:${from}`, `:${to}`), text);
  const read = async (path: string) => ported(await readFile(pathOf(path), 'utf8'));
  const engines = new Map<string, ReturnType<typeof createMortalProcess>>();
  /** Begins what a line says, and waits until it is ready. */
  async function serve(line: string): Promise<void> {
    const args = [builtCli, ...line.trim().split(' ').slice(1)];
    const engine = createMortalProcess({
      ...{ command: process.execPath, args, cwd: folder, env: {} },
      ready: 'engine ready',
    });
    engines.set(args[3] ?? '', engine);
    onTestFinished(() => engine.kill9());
    await engine.start();
  }

  return { folder, cli, read, serve, engines };
}

const blocksIn = (page: string, language = '') =>
  [...page.matchAll(/^ *```(\w*)\n([\s\S]*?)```/gm)].flatMap(([, its, block = '']) =>
    its === language ? [block.trim()] : [],
  );

test('docs/stations.md is done step by step, with the files that it gives', async () => {
  const { folder, cli, read, serve, engines } = await openFolder();
  const page = await read('docs/stations.md');
  const [bridge = '', hull = ''] = blocksIn(page, 'yaml');
  const [secret = '', serving = '', starting = '', tasks = '', waiting = '', doctor = ''] = blocksIn(page);
  expect([blocksIn(page, 'yaml').length, blocksIn(page).length]).toEqual([2, 6]);
  for (const [side, text] of Object.entries({ bridge, hull })) {
    await mkdir(join(folder, side));
    await writeFile(join(folder, side, 'stations.yaml'), text);
    await cp(pathOf(`examples/stations/${side}/definitions`), join(folder, side, 'definitions'), {
      recursive: true,
    });
  }
  const single = `workflow:\n  id: single\n  version: 1\n  input: {required: [plate]}\n  tasks:\n${tasks.replaceAll(/^/gm, '    ')}`;
  await writeFile(
    join(folder, 'single.yaml'),
    single.replace('station: hull, input: {plate: "${weld', 'depends_on: weld, $&'),
  );

  execFileSync('sh', ['-ec', secret], { cwd: folder });
  for (const side of ['bridge', 'hull'])
    expect((await cli(`workflow check ${side}/stations.yaml --project ${side}`)).code).toBe(0);
  expect(await cli('workflow check single.yaml --offline')).toMatchObject({ code: 0 });
  for (const line of serving.split('\n')) await serve(line);
  expect((await cli(starting)).stdout).toContain('deck 3 is dry');
  expect((await cli('workflow doctor --project bridge')).stdout).toContain(
    doctor.replace(/^✓ stations +/, ''),
  );
  expect((await cli('workflow list --project hull')).stdout).toContain('inspect-deck v1');

  await engines.get('hull')?.kill9();
  await cli('workflow down --project hull');
  await cli('workflow start rounds --deck 4 --detach --project bridge');
  const told = waiting.replace(/\d{4}-.*$/, '');
  await expect
    .poll(async () => (await cli('workflow show @last --project bridge')).stdout, patient)
    .toContain(told);
  await serve(serving.split('\n')[1] ?? '');
  await expect
    .poll(async () => (await cli('workflow show @last --project bridge')).stdout, patient)
    .toContain('deck 4 is dry');
}, 180_000);

test('what the page of the example says is done, command by command', async () => {
  const { folder, cli, read, serve } = await openFolder();
  await cp(pathOf('examples/stations'), folder, {
    recursive: true,
    filter: (source) => !/[\\/]\.3ox$/.test(source),
  });
  for (const name of ['bridge/stations.yaml', 'hull/stations.yaml'])
    await writeFile(join(folder, name), await read(`examples/stations/${name}`));
  const blocks = blocksIn(await read('examples/stations/README.md'));
  const [secret = '', serving = '', using = '', ending = ''] = blocks;
  expect(blocks).toHaveLength(4);

  execFileSync('sh', ['-ec', secret], { cwd: folder });
  for (const line of serving.split('\n')) await serve(line);
  const said: string[] = [];
  for (const line of using.split('\n')) said.push((await cli(line)).stdout);
  expect(said[0]).toContain('bridge; hull answers');
  expect(said[1]).toContain('deck 3 is dry');
  expect(said[2]).toContain('inspect-deck v1');
  for (const line of ending.split('\n')) expect((await cli(line)).code).toBe(0);
}, 120_000);
