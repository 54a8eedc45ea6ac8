import { statfs } from 'node:fs/promises';
import { join } from 'node:path';
import type { DoctorLine } from '../adapters/cli/app.ts';
import { connectJetStream, type JetStreamHandle } from '../adapters/jetstream/connect.ts';
import { ensureEmbeddedServer } from '../adapters/nats-server/embedded-server.ts';
import { messageOf } from '../ports/message-of.ts';
import { checkDefinitions } from './doctor-definitions.ts';

type Server = { readonly url: string; readonly monitorUrl?: string };

const freeBytesMin = 512 * 1024 * 1024;

/** Looks at everything a run needs, and says how to mend what is not right. */
export async function doctor(projectDir: string): Promise<readonly DoctorLine[]> {
  return [
    nodeLine(),
    await diskLine(projectDir),
    ...(await serverLines(projectDir)),
    ...(await checkDefinitions(join(projectDir, 'definitions'))),
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

async function serverLines(projectDir: string): Promise<readonly DoctorLine[]> {
  try {
    const server = await findServer(projectDir);
    const stream = await connectJetStream({
      url: server.url,
      namespace: process.env['WORKFLOW_NAMESPACE'] ?? 'default',
    });
    try {
      return [
        { name: 'nats', status: 'ok', detail: `${stream.url}, NATS ${stream.serverVersion}, JetStream on` },
        await durabilityLine(server),
        await engineLine(stream),
      ];
    } finally {
      await stream.close();
    }
  } catch (error) {
    const detail = messageOf(error);
    return [
      {
        name: 'nats',
        status: 'fail',
        detail,
        fix: 'start the server, or unset NATS_URL to let workflow bring one up',
      },
    ];
  }
}

async function findServer(projectDir: string): Promise<Server> {
  const named = process.env['NATS_URL'];
  if (named !== undefined && named !== '') return { url: named };

  return ensureEmbeddedServer({ projectDir, env: process.env });
}

/**
 * Without `sync_interval: always` an acknowledged event may be lost with the power. Only the server's monitor
 * tells.
 */
async function durabilityLine({ monitorUrl }: Server): Promise<DoctorLine> {
  const name = 'durability';
  const fix = 'set jetstream { sync_interval: always } in the configuration of the server';
  if (monitorUrl === undefined) {
    return { name, status: 'warn', detail: 'the server does not show whether it syncs every write', fix };
  }
  const response = await fetch(new URL('/varz', monitorUrl));
  const shown = (await response.json()) as {
    readonly jetstream?: { readonly config?: { readonly sync_always?: boolean } };
  };
  if (shown.jetstream?.config?.sync_always === true) {
    return { name, status: 'ok', detail: 'every acknowledged event is on disk (sync_interval: always)' };
  }

  return { name, status: 'fail', detail: 'acknowledged events may be lost with the power', fix };
}

async function engineLine({ leases }: JetStreamHandle): Promise<DoctorLine> {
  const holders = new Set([...(await leases.holders()).values()].map(({ node }) => node));
  if (holders.size > 0)
    return { name: 'engine', status: 'ok', detail: `${holders.size} running: ${[...holders].join(', ')}` };

  return { name: 'engine', status: 'ok', detail: 'none running; a command that needs one brings one up' };
}
