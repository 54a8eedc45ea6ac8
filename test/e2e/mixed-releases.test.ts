// A cluster is brought to another release, one engine after another. Method: a real server, an engine that announces
// itself as those of the release before do, one of this release, and the built command line.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { thisHolder } from '../../src/compose/holder.ts';
import { connectJetStream } from '../../src/stores/jetstream/connect.ts';
import { startTestServer } from '../support/nats.ts';
import { openSecondEngine } from './second-engine.ts';
import { builtCli, runProgram } from './station.ts';

const definition = `workflow:
  id: onboard
  version: 1
  input: {properties: {name: {type: string, pii: true}}, required: [name]}
  tasks: [{id: greet, type: TRANSFORM, output: {to: "\${workflow.input.name}"}}]
`;

test('runs that seal values wait for the last engine of the release before, and the doctor names it', async () => {
  const server = await startTestServer();
  onTestFinished(() => server.stop());
  const cwd = await mkdtemp(join(tmpdir(), 'workflow-mixed-'));
  onTestFinished(() => rm(cwd, { recursive: true }));
  await writeFile(join(cwd, 'onboard.yaml'), definition);
  const cli = (...args: readonly string[]) =>
    runProgram(builtCli, args, { cwd, env: { NATS_URL: server.url } });
  const features = async () =>
    JSON.parse((await cli('doctor', '--json')).stdout).checks.find(
      ({ name }: { name: string }) => name === 'features',
    );
  const joined = async (holder = thisHolder()) => {
    const stream = await connectJetStream({ url: server.url, namespace: 'default' });
    onTestFinished(() => stream.close());
    const { node } = await openSecondEngine(stream, cwd, holder);
    onTestFinished(() => node.stop());
    await node.workOnAll();
    return node;
  };
  const { node, host, pid } = thisHolder();
  const old = await joined({ node, host, pid, release: '0.1.0' });
  await joined();

  const refused = await cli('start', 'onboard.yaml', '-i', 'name=Ada');
  expect(refused).toMatchObject({ stderr: expect.stringContaining(`${node} (0.1.0)`) });
  expect(refused.code).not.toBe(0);
  expect(await features()).toMatchObject({ status: 'warn', detail: expect.stringContaining(node) });
  await old.stop();

  expect(await features()).toMatchObject({
    status: 'ok',
    detail: 'may be written: bundles, generations, models, sealed',
  });
  expect(await cli('start', 'onboard.yaml', '-i', 'name=Ada')).toMatchObject({ code: 0 });
});
