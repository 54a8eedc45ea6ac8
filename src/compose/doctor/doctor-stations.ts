import { type Peer, plainLinks, type Stations } from '../../../machines/stations/stations.ts';
import type { DoctorLine } from '../../cli/app.ts';
import { StationAnswer } from '../../engine/stations/protocol.ts';
import { createProjectSecrets } from '../../keys/project-secrets.ts';
import type { StationWire } from '../../ports/runs/stations.ts';
import { stationsFileName } from '../../ports/serve-file.ts';
import { readStations } from '../../project/stations-file.ts';
import type { Login } from '../../stores/jetstream/connection/dial.ts';
import { connectStationWire } from '../../stores/jetstream/queue/station-wire.ts';

const name = 'stations';
const answerMsMax = 2_000;

/** Whether each station that the project knows answers, and knows us. Nothing in a project without others. */
export async function stationLines(
  projectDir: string,
  server: { readonly url: string; readonly login: Login | undefined },
): Promise<readonly DoctorLine[]> {
  const stations = await readStations(projectDir);
  if (stations === undefined) return [];
  const { station: own, peers } = stations;
  if (peers.length === 0)
    return [{ name, status: 'ok', detail: `${own}; no other station in ${stationsFileName}` }];
  const secrets = createProjectSecrets(projectDir, process.env);
  const secretOf = (peer: string) => secrets.get(peers.find((each) => each.name === peer)?.secret ?? '');
  const wire = await connectStationWire({ ...server, own, secretOf, onTrouble: () => undefined });
  try {
    const lines = await Promise.all(
      peers.map(async (peer) => ({
        name,
        ...(await lineFor(wire, own, { peer, secret: secretOf(peer.name) })),
      })),
    );

    return [...lines, ...plainLines(stations)];
  } finally {
    await wire.close();
  }
}

/** Links that others can listen to. */
export function plainLines(stations: Stations): readonly DoctorLine[] {
  return plainLinks(stations).map(({ key, peer, message, fix }) => ({
    name,
    status: 'warn',
    detail: `${peer === undefined ? '' : `peers.${peer}.`}${key} in ${stationsFileName}: ${message}`,
    fix,
  }));
}

async function lineFor(
  wire: StationWire,
  own: string,
  { peer, secret }: { readonly peer: Peer; readonly secret: string | undefined },
): Promise<Omit<DoctorLine, 'name'>> {
  if (secret === undefined)
    return {
      status: 'fail',
      detail: `${peer.name}: there is no secret ${peer.secret}`,
      fix: `write ${peer.secret}=... into .3ox/secrets.env, the same value as on ${peer.name}`,
    };
  const answer = await wire.ask(peer.name, { kind: 'hello' }, answerMsMax);
  if (answer === undefined)
    return {
      status: 'warn',
      detail: `${peer.name} does not answer: the link is down, no engine serves there, or the secrets differ`,
      fix: `${placeOf(peer)}; on ${peer.name}: workflow serve, and workflow doctor`,
    };
  const read = StationAnswer.safeParse(answer);
  if (read.success && read.data.ok) return { status: 'ok', detail: `${own}; ${peer.name} answers` };

  return {
    status: 'fail',
    detail: `${peer.name} answers, and refuses ${own}${read.success && !read.data.ok ? `: ${read.data.refusal.message}` : ''}`,
    fix: `on ${peer.name}: write ${own} under peers of ${stationsFileName}`,
  };
}

function placeOf({ name: peer, connect }: Peer): string {
  return connect === undefined
    ? `see that ${peer} can reach this machine`
    : `see that ${connect} can be reached`;
}
