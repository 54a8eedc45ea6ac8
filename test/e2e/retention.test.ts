// Runs leave the journal on a real server, and what is left behind is read as before. Method: commands of the built
// program in a project with a server of its own, and one whose engine is killed on the way.
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { createProject } from '../cli/project.ts';
import { startTestServer } from '../support/nats.ts';
import { builtCli, runProgram } from './station.ts';

/** A dozen commands, each a process of its own, on a machine that may be busy. */
const timeout = 180_000;

const brief = `workflow:
  id: brief
  version: 1
  retention: {keep: 1ms}
  output: [said]
  tasks: [{id: say, type: TRANSFORM, output: {said: hello}}]
`;
const lasting = brief.replace('id: brief', 'id: lasting').replace('  retention: {keep: 1ms}\n', '');
const dropped = brief.replace('id: brief', 'id: dropped').replace('{keep: 1ms}', '{keep: 1ms, then: drop}');

async function project() {
  const server = await startTestServer();
  onTestFinished(() => server.stop());
  const { dir } = await createProject({
    'definitions/brief.yaml': brief,
    'definitions/lasting.yaml': lasting,
    'definitions/dropped.yaml': dropped,
  });
  const cli = (...args: string[]) => runProgram(builtCli, args, { cwd: dir, env: { NATS_URL: server.url } });
  const start = async (definition: string): Promise<string> => {
    const { stdout, stderr } = await cli('start', definition, '--json');
    const run = /"run":\s*"([^"]+)"/.exec(stdout)?.[1];
    if (run === undefined) throw new Error(`${stdout}${stderr}`);
    return run;
  };
  const document = async (...args: string[]) => JSON.parse((await cli(...args, '--json')).stdout);

  return { dir, cli, start, document };
}

test('runs whose time is over leave the journal, are read as before, and are not missed', {
  timeout,
}, async () => {
  const { dir, cli, start, document } = await project();
  const [a, b, c] = [await start('brief'), await start('lasting'), await start('dropped')];
  const [shown, history] = [await document('show', a), await document('history', a)];
  const exported = (await cli('audit', 'export', a)).stdout;
  expect((await cli('doctor')).code).toBe(0);

  expect(await document('retain', '--dry-run')).toMatchObject({ dryRun: true, runs: 2, left: 0 });
  expect(await document('retain')).toMatchObject({ left: 2, damaged: [], generation: 2 });
  expect(await document('retain', '--dry-run')).toMatchObject({ runs: 0, ofMessages: expect.any(Number) });

  const listed = JSON.stringify(await document('list'));
  expect([a, b, c].map((run) => listed.includes(run))).toEqual([true, true, false]);
  expect(await document('show', a)).toEqual(shown);
  expect(await document('history', a)).toEqual(history);
  const again = JSON.parse((await cli('audit', 'export', a)).stdout);
  expect(again.records).toEqual(JSON.parse(exported).records);
  expect((await cli('show', b)).code).toBe(0);
  expect((await cli('show', c)).stderr).toContain('keep 1ms, then drop');
  const doctor = await cli('doctor');
  expect([doctor.code, doctor.stdout]).toEqual([0, expect.stringContaining('1 run archived at')]);
  expect(doctor.stdout).toMatch(/1 run dropped at .* by retention of dropped version 1: keep 1ms, then drop/);

  // The line of the ledger is enough: no archive is asked.
  await rm(join(dir, '.3ox', 'archive'), { recursive: true });
  expect((await cli('doctor')).code).toBe(0);
});
