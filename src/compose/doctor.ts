import { statfs } from 'node:fs/promises';
import { join } from 'node:path';
import type { DoctorLine, DoctorOptions, OnProgress } from '../adapters/cli/app.ts';
import { connectJetStream, type JetStreamHandle } from '../adapters/jetstream/connect.ts';
import { ensureEmbeddedServer } from '../adapters/nats-server/embedded-server.ts';
import { messageOf } from '../ports/message-of.ts';
import { checkAgentsFile, checkQueues } from './doctor-agents.ts';
import { checkDefinitions } from './doctor-definitions.ts';
import { durabilityLines } from './doctor-durability.ts';
import { runLines } from './doctor-runs.ts';
import { streamLines } from './doctor-streams.ts';
import { replicasFrom } from './replicas.ts';

type Server = { readonly url: string; readonly monitorUrl?: string };

const freeBytesMin = 512 * 1024 * 1024;

/** Looks at everything a run needs, and says how to mend what is not right. */
export async function doctor(options: DoctorOptions, onProgress: OnProgress): Promise<readonly DoctorLine[]> {
  const { projectDir } = options;

  return [
    nodeLine(),
    await diskLine(projectDir),
    ...(await serverLines(options, onProgress)),
    ...(await checkDefinitions(join(projectDir, 'definitions'))),
    await checkAgentsFile(projectDir),
  ];
}

function nodeLine(): DoctorLine {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  const enough = major > 20 || (major === 20 && minor >= 19);
  const detail = `Node ${process.versions.node}`;

  return enough
    ? { name: 'node', status: 'ok', detail }
    : { name: 'node', status: 'fail', detail, fix: 'install Node 20.19 or newer' };
}

async function diskLine(projectDir: string): Promise<DoctorLine> {
  const { bavail, bsize } = await statfs(projectDir);
  const free = bavail * bsize;
  const detail = `${Math.round(free / 1024 / 1024)} MiB free`;
  if (free >= freeBytesMin) return { name: 'disk', status: 'ok', detail };

  return {
    name: 'disk',
    status: 'warn',
    detail,
    fix: 'free some space: a full disk stops every run until the server is restarted',
  };
}

async function serverLines(options: DoctorOptions, onProgress: OnProgress): Promise<readonly DoctorLine[]> {
  const replicas = replicasFrom(process.env);
  const server = await findServer(options.projectDir).catch(natsFailure);
  if ('status' in server) return [server];

  return [
    ...(await jetStreamLines(server, replicas, async (stream) => [
      ...(await checkQueues(stream, options.projectDir)),
      ...(await runLines(stream, options, onProgress)),
    ])),
    ...(await durabilityLines(server, process.env['NATS_MONITOR_URL'])),
  ];
}

async function jetStreamLines(
  { url }: Server,
  replicas: number,
  moreLines: (stream: JetStreamHandle) => Promise<readonly DoctorLine[]>,
): Promise<readonly DoctorLine[]> {
  const namespace = process.env['WORKFLOW_NAMESPACE'] ?? 'default';
  try {
    const stream = await connectJetStream({ url, namespace, replicas });
    try {
      const health = await stream.health();
      const lines: readonly DoctorLine[] = [
        { name: 'nats', status: 'ok', detail: `${stream.url} (NATS ${stream.serverVersion}, JetStream on)` },
        ...streamLines(health, replicas),
      ];
      // What follows would wait for a leader.
      if (health.some(({ leader }) => leader === undefined)) return lines;

      return [...lines, await engineLine(stream), ...(await moreLines(stream))];
    } finally {
      await stream.close();
    }
  } catch (error) {
    return [natsFailure(error)];
  }
}

function natsFailure(error: unknown): DoctorLine {
  return {
    name: 'nats',
    status: 'fail',
    detail: messageOf(error),
    fix: serverFix(),
  };
}

/** Another server than the one that is named would have another journal. */
function serverFix(): string {
  const named = process.env['NATS_URL'] ?? '';

  return named === ''
    ? 'read what stands above; `workflow down` and the next command bring the server of this project up anew'
    : 'start the servers that NATS_URL names; of a cluster of three, two are needed';
}

async function findServer(projectDir: string): Promise<Server> {
  const named = process.env['NATS_URL'];
  if (named !== undefined && named !== '') return { url: named };

  return ensureEmbeddedServer({ projectDir, env: process.env });
}

async function engineLine({ leases }: JetStreamHandle): Promise<DoctorLine> {
  const holders = new Set([...(await leases.holders()).values()].map(({ node }) => node));
  if (holders.size > 0)
    return { name: 'engine', status: 'ok', detail: `${holders.size} running: ${[...holders].join(', ')}` };

  return { name: 'engine', status: 'ok', detail: 'none running; a command that needs one brings one up' };
}
