// A project with definitions that events start, served by a real process on a real server; events are published as any
// program would, by a plain NATS client.
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect } from '@nats-io/transport-node';
import { expect } from 'vitest';
import type { EventOutcome } from '../../events/event-outcome.ts';
import { newRunId } from '../../src/compose/session/open-session.ts';
import { createWorkflows } from '../../src/engine/workflows.ts';
import { connectJetStream } from '../../src/stores/jetstream/connect.ts';
import { createMortalProcess } from '../support/mortal-process.ts';
import { startTestServer } from '../support/nats.ts';
import { partsOf } from '../support/stream-parts.ts';
import { builtCli } from './station.ts';

export type Published = { readonly id: string; readonly data?: unknown; readonly body?: string };

export async function openEventStation(definitions: Readonly<Record<string, string>>) {
  const server = await startTestServer();
  const folder = await mkdtemp(join(tmpdir(), 'workflow-events-'));
  await mkdir(join(folder, 'definitions'));
  for (const [name, text] of Object.entries(definitions)) {
    await writeFile(join(folder, 'definitions', `${name}.yaml`), text);
  }
  const engine = createMortalProcess({
    command: process.execPath,
    args: [builtCli, 'serve'],
    cwd: folder,
    env: { NATS_URL: server.url },
    ready: 'engine ready',
  });
  await engine.start();
  const stream = await connectJetStream({ url: server.url });
  const workflows = createWorkflows({ ...partsOf(stream), newRunId, answerTimeoutMs: 15_000 });
  const client = await connect({ servers: server.url });

  /** Resolves with the position that the server answers. */
  async function publish(type: string, { id, data, body }: Published): Promise<number> {
    const event = { specversion: '1.0', id, source: '/test', type, time: new Date().toISOString(), data };
    const ack = await client.request(`wf.default.event.${type}`, body ?? JSON.stringify(event), {
      timeout: 10_000,
    });

    return ack.json<{ readonly seq: number }>().seq;
  }

  async function outcome(position: number): Promise<EventOutcome> {
    await expect.poll(() => stream.outcomes.of(position), { timeout: 30_000 }).toBeDefined();
    const found = await stream.outcomes.of(position);
    if (found === undefined) throw new Error(`event ${position} has no outcome any more`);

    return found;
  }

  const statusOf = async (run: string) => (await workflows.view(run)).state.status;

  return {
    engine,
    stream,
    workflows,
    publish,
    outcome,
    statusOf,
    /** The runs of a definition. */
    runsOf: async (definition: string) =>
      (await workflows.list()).filter(({ head }) => head.definition.id === definition).map(({ run }) => run),
    reaches: (run: string, status: string) =>
      expect.poll(() => statusOf(run), { timeout: 30_000 }).toBe(status),
    close: async () => {
      await engine.kill9();
      await client.close();
      await stream.close();
      await server.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

export type EventStation = Awaited<ReturnType<typeof openEventStation>>;
