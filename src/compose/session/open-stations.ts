import { resolve } from 'node:path';
import { isFinal } from '../../../machines/chart/task-status.ts';
import { defined } from '../../../machines/language/defined.ts';
import type { Run } from '../../../machines/run/run.ts';
import { isGranted } from '../../../machines/stations/station-name.ts';
import type { LinkTls, Stations } from '../../../machines/stations/stations.ts';
import { noteLink } from '../../engine/stations/link-marks.ts';
import { endedNote } from '../../engine/stations/protocol.ts';
import type { StationDeskDeps } from '../../engine/stations/station-desk.ts';
import { createStationLinks, type StationLinks } from '../../engine/stations/station-links.ts';
import { createProjectSecrets } from '../../keys/project-secrets.ts';
import { messageOf } from '../../lib/text.ts';
import type { ServerLinks } from '../../nats-server/server-login.ts';
import type { MarkStore } from '../../ports/mark-store.ts';
import type { StationWire } from '../../ports/runs/stations.ts';
import { followStations, readStations } from '../../project/stations-file.ts';
import type { Login } from '../../stores/jetstream/connection/dial.ts';
import { connectStationWire, stationPermissions } from '../../stores/jetstream/queue/station-wire.ts';
import { systemClock } from '../system-clock.ts';

/** What one process knows of other stations, and says to them. */
export type OpenStations = {
  readonly links: StationLinks;
  /** Whether another station may start runs of this definition. */
  readonly isStartedByOthers: (definition: string) => boolean;
  /** Says to the station that had the run started that it has ended. */
  readonly tellEnd: (run: Run) => void;
  /** Answers other stations from then on. Resolves with what ends it. */
  readonly serve: (desk: Omit<StationDeskDeps, 'stations' | 'marks'>) => Promise<() => Promise<void>>;
  readonly close: () => Promise<void>;
};

type OpenOptions = {
  readonly projectDir: string;
  readonly server: { readonly url: string; readonly login: Login | undefined };
  /** Where is kept how the links were found to be. */
  readonly marks: MarkStore;
  readonly onProgress: (message: string) => void;
};

/** The links that the project's own server has; undefined without a stations.yaml. Rejects where that is invalid. */
export async function serverLinksOf(projectDir: string): Promise<ServerLinks | undefined> {
  const stations = await readStations(projectDir);
  if (stations === undefined) return undefined;
  const secrets = createProjectSecrets(projectDir, process.env);
  const { station, listen, tls, peers } = stations;

  return {
    station,
    ...defined({ listen, tls: tls === undefined ? undefined : filesIn(projectDir, tls) }),
    peers: peers.map(({ name, connect, secret }) => ({
      name,
      permissions: stationPermissions(name),
      ...defined({ connect, secret: secrets.get(secret) }),
    })),
  };
}

function filesIn(projectDir: string, { ca, cert, key }: LinkTls): LinkTls {
  const at = (path: string | undefined) => (path === undefined ? undefined : resolve(projectDir, path));

  return defined({ ca: at(ca), cert: at(cert), key: at(key) });
}

/** Undefined in a project without a stations.yaml. Rejects where that is invalid, and as `dial` does. */
export async function openStations({
  projectDir,
  server,
  marks,
  onProgress,
}: OpenOptions): Promise<OpenStations | undefined> {
  const stations = await readStations(projectDir);
  if (stations === undefined) return undefined;
  const secrets = createProjectSecrets(projectDir, process.env);
  const wire = await connectStationWire({
    ...server,
    own: stations.station,
    secretOf: (station) => secretOf(stations, secrets.get, station),
    onTrouble: onProgress,
  });
  const links = createStationLinks({
    own: stations.station,
    wire,
    clock: systemClock,
    onLink: (station, link) => {
      const state = link.isUp ? 'answers' : `does not answer since ${link.since}: what is for it waits`;
      onProgress(`station ${station} ${state}`);
      // It is kept to be looked at: what happens does not depend on it.
      noteLink(marks, station, link).catch((error: unknown) => onProgress(messageOf(error)));
    },
  });

  return {
    links,
    isStartedByOthers: (definition) => stations.peers.some(({ may }) => isGranted(may.start, definition)),
    tellEnd: (run) => tellEnd(wire, run),
    serve: async (desk) => {
      const { createStationDesk } = await import('../../engine/stations/station-desk.ts');
      const current = followStations(projectDir, stations, onProgress);
      const end = await wire.serve(createStationDesk({ ...desk, marks, stations: current }));
      links.watch(stations.peers.map(({ name }) => name));

      return end;
    },
    close: async () => {
      links.stop();
      await wire.close();
    },
  };
}

function secretOf(
  { peers }: Stations,
  find: (name: string) => string | undefined,
  station: string,
): string | undefined {
  const peer = peers.find(({ name }) => name === station);

  return peer === undefined ? undefined : find(peer.secret);
}

function tellEnd(wire: Pick<StationWire, 'tell'>, { state: { run, status, parent } }: Run): void {
  if (parent?.station !== undefined && isFinal(status)) wire.tell(parent.station, endedNote(run));
}
