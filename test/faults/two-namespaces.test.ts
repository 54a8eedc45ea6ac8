// A second server on the store of a project, where process ids and addresses mean something else than here: in
// containers. Method: the built program, with a server of its own, here and in namespaces of Linux. What a machine does
// not let us make is skipped by name.
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { builtCli, type Finished } from '../e2e/station.ts';

const ownPids = ['unshare', '--pid', '--fork', '--kill-child', '--mount-proc'];
const ownNetwork = [...ownPids, '--net'];
const startsEach = 15;

const signed = `workflow:
  id: signed
  version: 1
  tasks: [{ id: sign, type: HUMAN, wait_for_approval: true }]
`;

test.skipIf(!canMake(ownPids))(
  'engines in two namespaces of process ids share one server, and no start is lost',
  async () => {
    const project = await openProject();
    await project.serve([]);
    await project.serve(ownPids);
    for (let count = 0; count < startsEach; count += 1)
      for (const where of [[], ownPids])
        expect(await project.cli(where, 'start', 'signed', '--detach')).toMatchObject({ code: 0 });

    for (const where of [[], ownPids]) {
      const { stdout } = await project.cli(where, 'list', '--limit', '100', '--json');
      expect(JSON.parse(stdout)).toMatchObject({ total: 2 * startsEach, counts: { NEEDS_APPROVAL: 30 } });
    }
    expect(((await stat(join(project.folder, '.3ox'))).mode & 0o777).toString(8)).toBe('700');
    const down = await project.cli(ownPids, 'down');
    expect(down).toMatchObject({ code: 1, stderr: expect.stringContaining('[nats.store-owned]') });
    expect(await project.cli([], 'list')).toMatchObject({ code: 0 });
  },
  240_000,
);

test.skipIf(!canMake(ownNetwork))(
  'where the server cannot be reached, no second one is started on its store',
  async () => {
    const project = await openProject();
    await project.serve([]);
    expect(await project.cli([], 'start', 'signed', '--detach')).toMatchObject({ code: 0 });

    for (const command of [['start', 'signed', '--detach'], ['list'], ['serve']])
      expect(await project.cli(ownNetwork, ...command)).toMatchObject({
        code: 1,
        stderr: expect.stringMatching(/\[nats\.store-owned\] a server that was started .* as process \d+ of/),
      });
    const { stdout } = await project.cli([], 'list', '--json');
    expect(JSON.parse(stdout)).toMatchObject({ total: 1 });
  },
  240_000,
);

function canMake(namespace: readonly string[]): boolean {
  const [program = '', ...args] = namespace;
  try {
    execFileSync(program, [...args, 'true'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

async function openProject() {
  const folder = await mkdtemp(join(tmpdir(), 'workflow-namespaces-'));
  await mkdir(join(folder, 'definitions'));
  await writeFile(join(folder, 'definitions', 'signed.yaml'), signed);
  const begin = (where: readonly string[], args: readonly string[]): ChildProcess => {
    const [program = '', ...rest] = [...where, process.execPath, builtCli, ...args];
    const { NATS_URL: _own, ...env } = process.env;
    return spawn(program, rest, {
      cwd: folder,
      env: { ...env, USER: 'ana' },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
  };
  const cli = (where: readonly string[], ...args: readonly string[]) => finished(begin(where, args));
  onTestFinished(async () => {
    await cli([], 'down');
    await rm(folder, { recursive: true, force: true, maxRetries: 10 });
  });

  return {
    cli,
    folder,
    /** An engine that is ready, until the test is over. */
    serve: async (where: readonly string[]): Promise<void> => {
      const child = begin(where, ['serve', '--no-http']);
      onTestFinished(async () => {
        if (child.exitCode !== null || child.signalCode !== null) return;
        // `unshare` passes no signal on.
        child.kill(where.length === 0 ? 'SIGTERM' : 'SIGKILL');
        await once(child, 'exit');
      });
      let said = '';
      for (const stream of [child.stdout, child.stderr])
        stream?.setEncoding('utf8').on('data', (text: string) => {
          said += text;
        });
      await expect.poll(() => said, { timeout: 60_000 }).toContain('engine ready');
    },
  };
}

async function finished(child: ChildProcess): Promise<Finished> {
  let stdout = '';
  let stderr = '';
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const [code, signal] = await once(child, 'close');

  return { code, signal, stdout, stderr };
}
