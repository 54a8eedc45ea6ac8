import type { Json } from '../../events/canonical-json.ts';
import type { Level } from '../agents/declared-agent.ts';
import { type Entry, readEntries } from '../agents/read-entries.ts';
import { type Defined, defined } from '../language/defined.ts';
import type { Finding } from '../language/finding.ts';
import { type LoadedSettings, loadSettings } from '../language/load-settings.ts';
import { filled, oneOrMany, strict } from '../language/schema/shapes.ts';
import { agentLevel } from '../language/schema/task-common.ts';
import { parseSalvaging } from '../language/text/salvage.ts';
import { isLoopbackName } from '../loopback.ts';
import { isStationName, reservedStationNames, stationNameRule } from './station-name.ts';

/** What a station grants another one. Names may hold `*`, which stands for any characters. */
export type StationGrant = {
  /** The definitions that it may start. */
  readonly start: readonly string[];
  /** The agents, and the skills, that it may send single tasks to. */
  readonly agents: readonly string[];
  readonly skills: readonly string[];
  /** The people it may ask for approvals, by name. */
  readonly approvals: readonly string[];
  /** Its authority, as that of a principal; without, what it may start is all that counts. */
  readonly level?: Level;
  readonly domain?: string;
};

/** Another station: how it is reached, how each knows the other, and what it may do here. */
export type Peer = {
  readonly name: string;
  /** `host:port` of its leaf node listener, after `tls://` where it has TLS; absent where it connects to us. */
  readonly connect?: string;
  /** The secret that both stations have, by its name among the secrets of the project. */
  readonly secret: string;
  readonly may: StationGrant;
};

/** Files in PEM: the certificate and the key that the listener shows, and the authority that others are checked by. */
export type LinkTls = { readonly ca?: string; readonly cert?: string; readonly key?: string };

/** This station and those that it knows. */
export type Stations = {
  readonly station: string;
  /** `host:port` where other stations connect to the server. */
  readonly listen?: string;
  /** The files of TLS on the links, as they are written. */
  readonly tls?: LinkTls;
  readonly peers: readonly Peer[];
};

type Report = (...findings: readonly Finding[]) => void;

const stationName = () =>
  filled('the name of a station').refine(isStationName, { error: `expected ${stationNameRule}` });

const address = () =>
  filled('a host and a port').refine(
    (value) => /^(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9._-]+):[0-9]{1,5}$/.test(value),
    {
      error: 'expected a host and a port, such as hull.example:7422',
    },
  );

/** Where a station connects to: `tls://` says that the other one has to show a certificate. */
const remote = () =>
  filled('a host and a port').refine((value) => address().safeParse(value.replace(/^tls:\/\//, '')).success, {
    error: 'expected a host and a port, such as hull.example:7422 or tls://hull.example:7422',
  });

const names = (what: string) => oneOrMany(filled(what), `${what}, or a list of them`);

const grant = strict({
  start: names('a definition id')
    .optional()
    .describe('The definitions that it may start, with * for any characters.'),
  agents: names('an agent').optional().describe('The agents that it may send tasks to.'),
  skills: names('a skill').optional().describe('The skills that it may ask for.'),
  approvals: names('a person').optional().describe('The people it may ask for approvals.'),
  level: agentLevel().optional().describe('Its authority here, as that of a principal.'),
  domain: filled('a domain').optional().describe('Whose definitions it may start as an L2.'),
});

const peer = strict({
  name: stationName().describe('The name by which its own file calls it.'),
  connect: remote().optional().describe('Where its server listens. Without: it connects to us.'),
  secret: filled('the name of a secret').describe('The secret of the project that both stations have.'),
  may: grant.optional().describe('What it may do here. Nothing, where it is not said.'),
});

const top = strict({
  station: stationName().describe('What this station is called.'),
  listen: address().optional().describe('Where other stations connect to.'),
  tls: strict({
    ca: filled('a file').optional().describe('The certificate of the authority that signed those of others.'),
    cert: filled('a file').optional().describe('The certificate that is shown to those who connect.'),
    key: filled('a file').optional().describe('Its key.'),
  })
    .refine(({ cert, key }) => (cert === undefined) === (key === undefined), {
      error: 'cert and key belong together: write both, or neither',
    })
    .optional()
    .describe('The files of TLS, beside stations.yaml or by their whole path.'),
});

const keys = ['station', 'listen', 'tls', 'peers'];

/** The text of stations.yaml becomes checked stations, or the list of all that is wrong. Never throws. */
export function loadStations({
  faultOf = () => undefined,
  ...text
}: {
  readonly file: string;
  readonly content: Uint8Array | string;
  /** Why a file of TLS cannot be read, where the project is at hand. */
  readonly faultOf?: (file: string) => string | undefined;
}): LoadedSettings<Stations> {
  const readAll = (raw: Readonly<Record<string, Json>>, report: Report) => {
    const stations = read(raw, report);
    report(...tlsFindings(stations, faultOf));
    return stations;
  };

  return loadSettings({ ...text, keys, codes: 'stations', read: readAll });
}

function tlsFindings(
  { tls = {} }: Stations,
  faultOf: (file: string) => string | undefined,
): readonly Finding[] {
  return Object.entries(tls).flatMap(([key, file]) => {
    const fault = faultOf(file);
    if (fault === undefined) return [];
    const message = `${file} cannot be read: ${fault}; write a file in PEM, by its path from the project or its whole path`;
    return [{ code: 'definition.tls-file', message, path: ['tls', key] }];
  });
}

function read(raw: Readonly<Record<string, Json>>, report: Report): Stations {
  const { peers: written, ...own } = raw;
  const known = Object.fromEntries(Object.entries(own).filter(([key]) => keys.includes(key)));
  const { value, findings } = parseSalvaging({ schema: top, value: known, path: [] });
  report(...findings);
  if (value !== undefined && reservedStationNames.includes(value.station))
    report(reservedName(value.station, ['station']));
  const entries = readEntries({
    value: written,
    path: ['peers'],
    schema: peer,
    what: 'a station',
    example: {
      listed: '{name: hull, connect: "hull.example:7422", secret: HULL_LINK}',
      keyed: '{connect: "hull.example:7422", secret: HULL_LINK}',
    },
    report,
  });
  report(...entries.flatMap((entry) => peerFindings(entry, value ?? {})));

  const stations = defined({
    station: value?.station ?? '',
    listen: value?.listen,
    tls: value?.tls === undefined ? undefined : defined(value.tls),
    peers: entries.map((entry) => peerOf(entry.value)),
  });
  const paths = new Map(entries.map((entry) => [entry.value.name, entry.path]));
  report(
    ...plainLinks(stations).map(({ key, peer: name = '', message, fix }) => ({
      code: 'definition.plain-link',
      severity: 'warning' as const,
      message: `${message}; ${fix}`,
      path: [...(paths.get(name) ?? []), key],
    })),
  );

  return stations;
}

/** An address of a link that others can listen to; `peer`: under whom it stands. */
export type PlainLink = {
  readonly key: 'listen' | 'connect';
  readonly peer?: string;
  readonly message: string;
  readonly fix: string;
};

/** The links that lead off this machine without TLS. */
export function plainLinks({ listen, tls, peers }: Stations): readonly PlainLink[] {
  const listens =
    listen === undefined || tls?.cert !== undefined ? [] : [{ key: 'listen' as const, at: listen }];
  const connects = peers.flatMap(({ name, connect }) =>
    connect === undefined || connect.startsWith('tls://')
      ? []
      : [{ key: 'connect' as const, peer: name, at: connect }],
  );

  return [...listens, ...connects]
    .filter(({ at }) => !isLoopbackName(at.replace(/:[0-9]+$/, '')))
    .map(({ at, ...where }) => ({
      ...where,
      message: `${at} leads off this machine without TLS: secret and messages can be read on the way`,
      fix: 'write tls: {cert, key} where it listens, and tls: {ca} and connect: tls://<host>:<port> where it connects, or let it go through a VPN',
    }));
}

function reservedName(name: string, path: Finding['path']): Finding {
  const message = `${JSON.stringify(name)} cannot be the name of a station: it is that of a user of each project's server; give the station another name, on both sides`;

  return { code: 'definition.reserved-station', message, path };
}

type Written = Entry<ReturnType<typeof peer.parse>>;

function peerOf({ name, connect, secret, may = {} }: Written['value']): Defined<Peer> {
  const { start = [], agents = [], skills = [], approvals = [], level, domain } = may;

  return defined({
    name,
    connect,
    secret,
    may: defined({ start, agents, skills, approvals, level, domain }),
  });
}

function peerFindings(
  { value, path }: Written,
  own: { readonly station?: string | undefined; readonly listen?: string | undefined },
): readonly Finding[] {
  if (value.name === own.station) {
    const message = `${value.name} is this station itself; name the other ones`;
    return [{ code: 'definition.own-station', message, path }];
  }
  if (reservedStationNames.includes(value.name)) return [reservedName(value.name, path)];
  if (value.connect !== undefined || own.listen !== undefined) return [];
  const message = `there is no way to ${value.name}: write connect: <host>:<port> here, or listen: <host>:<port> at the top, so that it can connect`;

  return [{ code: 'definition.no-link', message, path }];
}
