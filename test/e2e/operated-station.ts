// A project with definitions and a serve.yaml, served over HTTP by real processes on a real server.
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished } from 'vitest';
import { newRunId } from '../../src/compose/session/open-session.ts';
import { createWorkflows } from '../../src/engine/workflows.ts';
import { connectJetStream } from '../../src/stores/jetstream/connect.ts';
import { startTestServer } from '../support/nats.ts';
import { partsOf } from '../support/stream-parts.ts';
import { type ServedEngine, servedEngine } from './served-api.ts';

const patient = { timeout: 30_000, interval: 100 };

/** Closed when the test is over. `env` is that of the engines. */
export async function openOperated(
  files: Readonly<Record<string, string>>,
  env: Readonly<Record<string, string>> = {},
) {
  const cwd = await mkdtemp(join(tmpdir(), 'workflow-operated-'));
  onTestFinished(() => rm(cwd, { recursive: true, force: true }));
  await mkdir(join(cwd, 'definitions'));
  const write = (path: string, text: string) => writeFile(join(cwd, path), text);
  for (const [path, text] of Object.entries(files)) await write(path, text);
  const server = await startTestServer();
  onTestFinished(() => server.stop());
  const stream = await connectJetStream({ url: server.url });
  onTestFinished(() => stream.close());
  const workflows = createWorkflows({ ...partsOf(stream), newRunId, answerTimeoutMs: 15_000 });

  async function engine(): Promise<ServedEngine> {
    const served = await servedEngine({ cwd, env: { ...env, NATS_URL: server.url } });
    onTestFinished(() => served.kill9());
    await served.start();

    return served;
  }

  return {
    cwd,
    write,
    engine,
    workflows,
    /** The runs of a definition. */
    runsOf: async (id: string) =>
      (await workflows.list()).filter(({ head }) => head.definition.id === id).map(({ run }) => run),
    reaches: (run: string, status: string) =>
      expect
        .poll(async () => (await workflows.view(run).catch(() => undefined))?.state.status, patient)
        .toBe(status),
  };
}
