import type { DoctorLine } from '../adapters/cli/app.ts';
import type { StreamHealth } from '../adapters/jetstream/stream-health.ts';

type Finding = Pick<DoctorLine, 'status' | 'detail' | 'fix'>;

const name = 'streams';

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
