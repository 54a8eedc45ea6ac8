import { existsSync } from 'node:fs';
import { readFile, statfs } from 'node:fs/promises';
import type { DoctorLine, DoctorOptions, OnProgress } from '../../cli/app.ts';
import { createRoster } from '../../engine/agents/agent-registry.ts';
import { declaredPath } from '../../files/local-definitions.ts';
import { delay, resultWithin, within } from '../../lib/deadline.ts';
import { messageOf } from '../../lib/text.ts';
import type { EmbeddedServer } from '../../nats-server/embedded-server.ts';
import { SiteFenced } from '../../ports/backup.ts';
import { AgentsInvalid, agentsFileName, type WorkDepth } from '../../ports/work/agent-admin.ts';
import { modelsFileName } from '../../ports/work/models.ts';
import { readAgents } from '../../project/read-agents.ts';
import { connectJetStream, type JetStreamHandle } from '../../stores/jetstream/connect.ts';
import type { StreamHealth } from '../../stores/jetstream/connection/stream-health.ts';
import { thisHolder } from '../holder.ts';
import { namespaceFrom, ownServerOf, replicasFrom, serverInUse } from '../session/project-server.ts';
import { systemClock } from '../system-clock.ts';
import { bundleLines } from './doctor-bundle.ts';
import { checkDefinitions } from './doctor-definitions.ts';
import { durabilityLines } from './doctor-durability.ts';
import { engineLines } from './doctor-engines.ts';
import { linesWithin, noAnswerLine } from './doctor-limits.ts';
import { checkModelsFile } from './doctor-models.ts';
import { quotaLines } from './doctor-quotas.ts';
import { runLines } from './doctor-runs.ts';
import { stationLines } from './doctor-stations.ts';

const name = 'streams';

/** How long workers have to speak up after they were asked who is there. */
const rollCallMs = 400;
const toldMax = 5;

/** A server that recovers a large store takes a minute at most, and is told as one that does not start then. */
const startMsMax = 75_000;
/** Opening the streams waits for an election by itself, and copies what an earlier version left. */
const connectMsMax = 30_000;
const healthMsMax = 10_000;

type Server = Pick<EmbeddedServer, 'url' | 'monitorUrl' | 'monitorLogin'> &
  Partial<Pick<EmbeddedServer, 'login' | 'stationsLogin'>>;

/** A server has a file open for each stream and connection, an engine for each command that runs and each request. */
const openFilesMin = 1_024;

const freeBytesMin = 512 * 1024 * 1024;

/** The key of a lease that says nothing. */
const probeKey = `doctor.${process.pid}`;
const probeMsMax = 5_000;

/** Looks at everything a run needs, and says how to mend what is not right. */
export async function doctor(options: DoctorOptions, onProgress: OnProgress): Promise<readonly DoctorLine[]> {
  const { projectDir } = options;

  return [
    nodeLine(),
    ...(await filesLines()),
    ...(await linesWithin({ name: 'disk', what: 'the folder of the project' }, async () => [
      await diskLine(projectDir),
    ])),
    ...(options.isNew === true ? [notYetLine] : await serverLines(options, onProgress)),
    ...(await linesWithin({ name: 'definitions', what: 'the folder definitions/' }, () =>
      checkDefinitions(projectDir),
    )),
    ...(await linesWithin({ name: 'agents', what: agentsFileName }, async () => [
      await checkAgentsFile(projectDir),
    ])),
    ...(await linesWithin({ name: 'models', what: modelsFileName }, () => checkModelsFile(projectDir))),
  ];
}

/** Nothing is started for a look. */
const notYetLine: DoctorLine = {
  name: 'nats',
  status: 'ok',
  detail: 'nothing was ever run here: the first run, `workflow dev` or `workflow serve` brings a server up',
};

function nodeLine(): DoctorLine {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  const enough = major > 20 || (major === 20 && minor >= 19);
  const detail = `Node ${process.versions.node}`;

  return enough
    ? { name: 'node', status: 'ok', detail }
    : { name: 'node', status: 'fail', detail, fix: 'install Node 20.19 or newer' };
}

/** How many files this process may open; whatever is started from the same shell may open as many. */
async function filesLines(): Promise<readonly DoctorLine[]> {
  const limits = await readFile('/proc/self/limits', 'utf8').catch(() => '');
  const openMax = Number(/^Max open files +(\d+)/m.exec(limits)?.[1] ?? Number.NaN);
  if (!(openMax < openFilesMin)) return [];
  const detail = `a process that is started here may open only ${openMax} files and connections`;

  return [
    { name: 'files', status: 'warn', detail, fix: `ulimit -n ${openFilesMin}, before an engine is started` },
  ];
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
    fix: 'free some space: a full disk stops every run until there is room again',
  };
}

async function serverLines(options: DoctorOptions, onProgress: OnProgress): Promise<readonly DoctorLine[]> {
  const replicas = replicasFrom(process.env);
  const server =
    (await resultWithin(systemClock, startMsMax, serverInUse(options.projectDir).catch(natsFailure))) ??
    noAnswerLine('nats', 'the server', startMsMax);
  if ('status' in server) return [server];

  return [
    ...(await jetStreamLines(server, replicas, async (stream) => [
      ...(await linesWithin({ name: 'store', what: 'the store' }, async () => [
        await storeLine(stream, options.projectDir),
      ])),
      ...(await linesWithin({ name: 'queues', what: 'the queues of agents' }, () =>
        checkQueues(stream, options.projectDir),
      )),
      ...(await linesWithin({ name: 'bundle', what: 'the store of bundles' }, () =>
        bundleLines(stream.bundles, options.projectDir),
      )),
      ...(await linesWithin({ name: 'quotas', what: 'the use of the quotas' }, () =>
        quotaLines(stream, options.projectDir),
      )),
      ...(await runLines(stream, options, onProgress)),
    ])),
    ...(await linesWithin({ name: 'stations', what: 'the other stations' }, () =>
      stationLines(options.projectDir, { url: server.url, login: server.stationsLogin }),
    )),
    ...(await linesWithin({ name: 'durability', what: 'the monitor of the server' }, () =>
      durabilityLines(server, process.env['NATS_MONITOR_URL']),
    )),
  ];
}

async function jetStreamLines(
  { url, login }: Server,
  replicas: number,
  moreLines: (stream: JetStreamHandle) => Promise<readonly DoctorLine[]>,
): Promise<readonly DoctorLine[]> {
  const namespace = namespaceFrom(process.env);
  const connecting = connectJetStream({ url, login, namespace, replicas });
  try {
    const stream = await resultWithin(systemClock, connectMsMax, connecting);
    if (stream === undefined) {
      connecting.then((late) => late.close()).catch(() => undefined);
      return [noAnswerLine('nats', 'JetStream', connectMsMax)];
    }
    try {
      const health = await resultWithin(systemClock, healthMsMax, stream.health());
      const nats = `${stream.url} (NATS ${stream.serverVersion}, JetStream on)`;
      const lines: readonly DoctorLine[] = [
        { name: 'nats', status: 'ok', detail: nats },
        ...(await fenceLines(stream)),
        ...(health === undefined
          ? [noAnswerLine(name, 'the state of the streams', healthMsMax)]
          : streamLines(health, replicas)),
      ];
      // What follows would wait for a leader.
      if (health?.some(({ leader }) => leader === undefined) === true) return lines;
      const engines = { name: 'engine', what: 'the list of engines' };

      return [
        ...lines,
        ...(await linesWithin(engines, () => engineLines(stream))),
        ...(await moreLines(stream)),
      ];
    } finally {
      await stream.close();
    }
  } catch (error) {
    return [natsFailure(error)];
  }
}

/** Whether another site goes on with the runs. */
async function fenceLines(stream: Pick<JetStreamHandle, 'fence'>): Promise<readonly DoctorLine[]> {
  const fence = await within(systemClock, healthMsMax, stream.fence());
  if (fence === undefined) return [];
  const { message, code } = new SiteFenced(fence);
  const fix = 'use the other site; or `workflow fence --lift`, if there is none';

  return [{ name: 'fence', status: 'fail', detail: `${message} (${code})`, fix }];
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

/** Whether the server stores what it is given: a lease that nobody looks at is written and given back. */
async function storeLine({ leases, mayLead }: JetStreamHandle, projectDir: string): Promise<DoctorLine> {
  const isOwn = (process.env['NATS_URL'] ?? '') === '';
  const trouble = isOwn ? await ownServerOf(projectDir).trouble() : undefined;
  if (trouble !== undefined)
    return {
      name: 'store',
      status: 'fail',
      detail: `${trouble.message} (${trouble.code})`,
      fix: fixOf(trouble),
    };
  if (!mayLead)
    return { name: 'store', status: 'ok', detail: 'not tried: NATS_URL names a user who may not write' };
  const begunMs = systemClock.steady();
  const token = await within(systemClock, probeMsMax, leases.claim(probeKey, thisHolder()));
  const tookMs = Math.round(systemClock.steady() - begunMs);
  if (token === undefined)
    return {
      name: 'store',
      status: 'fail',
      detail: `a write was not acknowledged within ${probeMsMax / 1_000} s`,
      fix: 'look at the disk of the NATS server and at its log: is it full, read-only or very slow?',
    };
  await within(systemClock, probeMsMax, leases.release(probeKey, token));

  return { name: 'store', status: 'ok', detail: `a write was acknowledged after ${tookMs} ms` };
}

function fixOf({ restart }: { readonly restart?: string }): string {
  return restart === undefined
    ? 'do what stands above; what runs then goes on without anybody'
    : 'an engine starts the server anew by itself; without one: `workflow down`, and give a command';
}

/** Whether agents.yaml can be used. */
async function checkAgentsFile(projectDir: string): Promise<DoctorLine> {
  const path = declaredPath(projectDir, agentsFileName);
  if (!existsSync(path))
    return {
      name: 'agents',
      status: 'ok',
      detail: `no ${agentsFileName}: agents are those whose workers are there`,
    };
  try {
    const { agents, principals } = await readAgents(path);
    const detail = `${agents.length} agents and ${principals.length} principals in ${agentsFileName}`;
    return { name: 'agents', status: 'ok', detail };
  } catch (error) {
    const [first] = error instanceof AgentsInvalid ? error.problems : [];
    const count = error instanceof AgentsInvalid ? ` (${error.problems.length} problems)` : '';
    const detail = `${agentsFileName}: ${first?.message ?? messageOf(error)}${count}`;
    return { name: 'agents', status: 'fail', detail, fix: `workflow check ${agentsFileName}` };
  }
}

/** Whether work waits in queues that nobody listens to. */
async function checkQueues(
  { presence, workDepths }: Pick<JetStreamHandle, 'presence' | 'workDepths'>,
  projectDir: string,
): Promise<readonly DoctorLine[]> {
  const nobody = { agents: [], principals: [], skills: [] };
  const declared = await readAgents(declaredPath(projectDir, agentsFileName)).catch(() => nobody);
  const counted = await workDepths().catch((error: unknown) => messageOf(error));
  if (typeof counted === 'string')
    return [{ name: 'queues', status: 'warn', detail: `the work of agents cannot be counted: ${counted}` }];
  const depths = [...counted].filter(([, { waiting, taken }]) => waiting + taken > 0);
  if (depths.length === 0) return [];
  const roster = await createRoster({
    declared: { current: () => declared, onChange: () => () => undefined },
    presence,
    marks: { all: async () => new Map() },
    clock: systemClock,
    onTrouble: () => undefined,
  });
  try {
    await delay(systemClock, rollCallMs);
    const left = depths.filter(([agent]) => (roster.find(agent)?.workers.length ?? 0) === 0);
    return left.length === 0 ? [] : [leftLine(left)];
  } finally {
    roster.close();
  }
}

function leftLine(left: readonly (readonly [string, WorkDepth])[]): DoctorLine {
  const told = left
    .slice(0, toldMax)
    .map(([agent, { waiting, taken }]) => `${waiting + taken} for ${JSON.stringify(agent)}`);
  const more = left.length > toldMax ? `, and for ${left.length - toldMax} more` : '';

  return {
    name: 'queues',
    status: 'warn',
    detail: `tasks wait that no worker is listening for: ${told.join(', ')}${more}`,
    fix: 'workflow worker <agent> -- <command>',
  };
}

type Finding = Pick<DoctorLine, 'status' | 'detail' | 'fix'>;

/** Whether every stream has the replicas that were asked for, a leader, copies that are whole, and all its messages. */
export function streamLines(streams: readonly StreamHealth[], asked: number): readonly DoctorLine[] {
  const findings = [
    ...leaderless(streams),
    ...streams.flatMap(damaged),
    ...tooFew(streams, asked),
    ...onlyOne(streams, asked),
    ...behind(streams),
  ];
  if (findings.length > 0) return findings.map((finding) => ({ name, ...finding }));
  const replicas = Math.min(...streams.map((stream) => stream.replicas));
  const copies = replicas === 1 ? 'one copy of each' : `${replicas} replicas of each, all current`;

  return [{ name, status: 'ok', detail: `${streams.length}, ${copies}` }];
}

function leaderless(streams: readonly StreamHealth[]): readonly Finding[] {
  const without = streams.filter(({ leader }) => leader === undefined);
  if (without.length === 0) return [];

  return [
    {
      status: 'fail',
      detail: `nothing can be read or stored, for want of a leader: ${namesOf(without)}`,
      fix: 'start the servers that are down: more than half of the replicas are needed',
    },
  ];
}

function damaged({ stream, leader, lost }: StreamHealth): readonly Finding[] {
  if (lost === 0) return [];

  return [
    {
      status: 'fail',
      detail: `${stream} has lost ${lost} messages to damage on the disk of ${leader ?? 'its server'}`,
      fix: `let another replica lead (nats stream cluster step-down ${stream}), or restore the stream from a backup`,
    },
  ];
}

function tooFew(streams: readonly StreamHealth[], asked: number): readonly Finding[] {
  const short = streams.filter(({ replicas }) => replicas < asked);
  if (short.length === 0) return [];

  return [
    {
      status: 'warn',
      detail: `fewer than the ${asked} replicas that WORKFLOW_REPLICAS asks for: ${namesOf(short)}`,
      fix: `run ${asked} servers as one cluster; the next command that uses a stream gives it its replicas`,
    },
  ];
}

function onlyOne(streams: readonly StreamHealth[], asked: number): readonly Finding[] {
  const single = streams.filter(({ replicas, isOnCluster }) => isOnCluster && replicas === 1);
  if (single.length === 0 || asked > 1) return [];

  return [
    {
      status: 'warn',
      detail: `one copy on a cluster, so that every run waits while its server is down: ${namesOf(single)}`,
      fix: 'set WORKFLOW_REPLICAS=3 for every engine and command; the next one that uses a stream gives it its replicas',
    },
  ];
}

/** A server that is down is behind with every stream: one line for each server. */
function behind(streams: readonly StreamHealth[]): readonly Finding[] {
  const servers = new Set(streams.flatMap((stream) => stream.behind));

  return [...servers].map((server) => ({
    status: 'warn',
    detail: `${server} is behind, or down: ${namesOf(streams.filter((stream) => stream.behind.includes(server)))}`,
    fix: `start ${server} if it is down, and let it catch up before another server is stopped`,
  }));
}

function namesOf(streams: readonly StreamHealth[]): string {
  return streams.map(({ stream }) => stream).join(', ');
}
