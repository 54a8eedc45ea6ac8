import { createHash, createHmac, randomBytes, randomUUID } from 'node:crypto';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { link, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { errorNumber } from '../files/file-failure.ts';
import { ownMode, readPrivateFile } from '../files/private-file.ts';
import { NatsServerError } from './server-error.ts';

/** Who somebody is to the project's own server. Asked at every connect, so that a new password counts at once. */
export type ServerLogin = () => { readonly user: string; readonly pass: string };

/** What the password of a project's server is used for. */
export type ProjectLogins = {
  /** Of engines, commands and workers: everything in their account. */
  readonly project: ServerLogin;
  /** Of `doctor`: how the server itself was configured and fares, and nothing of the project. */
  readonly monitor: ServerLogin;
  /** Of engines, to whatever comes from other stations: in an account of its own, without a stream. */
  readonly stations: ServerLogin;
  /** Tells this password from others without revealing it. */
  readonly mark: string;
  /** Tells one text from another without revealing it to anybody who does not know the password. */
  readonly keyed: (text: string) => string;
};

const passwordBytes = 32;
const passwordName = 'server.password';
const configName = 'server.conf';
const markLength = 16;
const stationsUser = 'stations';
const stationsAccount = 'STATIONS';
const projectAccount = 'PROJECT';
/** The account of everybody on a server that has no others. */
const globalAccount = '$G';
const listening = '0A';
const unknownSecret = 'x';

/** The password of the project's server; one is made up where there is none. Rejects with SecretFileRefused. */
export async function ensureLogins(folder: string): Promise<ProjectLogins> {
  const path = join(folder, passwordName);
  if (read(path) === undefined) await makePassword(path);

  return {
    project: () => ({ user: 'project', pass: readAgain(path) }),
    monitor: () => ({ user: 'monitor', pass: readAgain(path) }),
    stations: () => ({ user: stationsUser, pass: readAgain(path) }),
    mark: createHash('sha256').update(readAgain(path)).digest('hex').slice(0, markLength),
    keyed: (text) => createHmac('sha256', readAgain(path)).update(text).digest('hex').slice(0, markLength),
  };
}

/**
 * The same, for the server on this port. The password travels as it is: so a port that another account has taken, while
 * the server was down, is not sent it.
 */
export function sentOnlyTo(port: number, folder: string, login: ServerLogin): ServerLogin {
  return () => {
    const stranger = strangerOn(port, folder);
    if (stranger === undefined) return login();

    throw new NatsServerError(
      'nats.port-foreign',
      `port ${port}, where the project's NATS server was, belongs to another account of this machine (user id ${stranger}), ` +
        'which is not sent the password; give this command again, and the server is started on another port',
    );
  };
}

/** The account, neither ours nor that of whoever made the password, that listens where the server of the folder did. */
export function strangerOn(port: number, folder: string): number | undefined {
  const owner = statSync(join(folder, passwordName), { throwIfNoEntry: false })?.uid;
  const trusted = [process.getuid?.(), 0, owner];

  return listenersOn(port).find((uid) => !trusted.includes(uid));
}

/** The links of the project's server to those of other stations. */
export type ServerLinks = {
  /** What this station is called: its domain, and its user on the servers it connects to. */
  readonly station: string;
  /** `host:port` where others connect to. */
  readonly listen?: string | undefined;
  /** The whole paths of the files of TLS. */
  readonly tls?: { readonly ca?: string; readonly cert?: string; readonly key?: string } | undefined;
  readonly peers: readonly {
    readonly name: string;
    /** `host:port` to connect to; absent where the other station connects. */
    readonly connect?: string | undefined;
    /** Absent where it is not known: then there is no link. */
    readonly secret?: string | undefined;
    readonly permissions: { readonly publish: readonly string[]; readonly subscribe: readonly string[] };
  }[];
};

/**
 * Tells one configuration of the server from another. A secret counts by a mark of its own, which the password of the
 * server keys: whoever reads it cannot try secrets. Not every process need know all: see isConfigured.
 */
export function configMark({ mark, keyed }: ProjectLogins, links: ServerLinks | undefined): string {
  if (links === undefined) return mark;
  const { peers, ...own } = links;
  const open = { ...own, peers: peers.map(({ secret: _, ...peer }) => peer) };
  const secrets = peers.map(({ name, secret }) =>
    secret === undefined ? unknownSecret : keyed(`${name}:${secret}`),
  );
  const all = createHash('sha256').update(JSON.stringify(open)).digest('hex').slice(0, markLength);

  return [mark, all, ...secrets].join('-');
}

/** Whether a server with the one mark is as the other asks for: a secret that is not known tells nothing. */
export function isConfigured(started: string, wanted: string): boolean {
  const [had, want] = [started.split('-'), wanted.split('-')];

  return had.length === want.length && want.every((part, at) => part === had[at] || part === unknownSecret);
}

/** The configuration that the server is started with: what is shipped, and who may connect. Returns its path. */
export async function writeServerConfig(
  folder: string,
  {
    shipped,
    logins,
    links,
  }: { readonly shipped: string; readonly logins: ProjectLogins; readonly links?: ServerLinks | undefined },
): Promise<string> {
  const path = join(folder, configName);
  const users = (login: ServerLogin): string => {
    const { user, pass } = login();
    return `users: [ { user: ${JSON.stringify(user)}, password: ${JSON.stringify(pass)} } ]`;
  };
  const text = await readFile(shipped, 'utf8');
  const system = `$SYS { ${users(logins.monitor)} }`;
  const lines = [
    links === undefined ? text : withDomain(text, links.station),
    '# Written anew at each start. Who has the password beside this file may connect, and nobody else.',
    ...(links === undefined
      ? [`authorization { ${users(logins.project)} }`, `accounts { ${system} }`]
      : [
          'accounts {',
          `  ${system}`,
          `  ${projectAccount} { jetstream: enabled, ${users(logins.project)} }`,
          `  ${stationsOf(links, logins)}`,
          '}',
          ...leafNodes(links),
        ]),
  ];
  await replaceOwn(path, `${lines.join('\n')}\n`);

  return path;
}

/**
 * A server with several accounts has to be told which of them has streams, and that can be any but the one that is used
 * without. The server has to be down: what it keeps for its only account is given to the one that has it from now on.
 * Rejects with nats.store-twice where both have something: neither is to be hidden by the other.
 */
export async function moveStore(storeDir: string, links: ServerLinks | undefined): Promise<void> {
  const [from, to] = links === undefined ? [projectAccount, globalAccount] : [globalAccount, projectAccount];
  const [old, next] = [join(storeDir, 'jetstream', from), join(storeDir, 'jetstream', to)];
  if (!existsSync(old)) return;
  if (existsSync(next)) {
    const why = `there are two stores, ${old} and ${next}: a program that knows no stations.yaml was used in between`;
    const fix =
      'keep the folder with the runs that you want under the second name, and move the other one away';
    throw new NatsServerError('nats.store-twice', `${why}; ${fix}`);
  }
  await rename(old, next);
}

/** What is kept here and what is kept on other stations have names of their own. */
function withDomain(text: string, station: string): string {
  return text.replace(/^jetstream \{/m, `jetstream {\n  domain: ${JSON.stringify(station)}`);
}

/** The account of the links: nothing of the project's own account, where its streams are, can travel. */
function stationsOf({ peers }: ServerLinks, logins: ProjectLogins): string {
  const { user, pass } = logins.stations();
  const incoming = peers.flatMap(({ name, connect, secret, permissions }) =>
    connect === undefined && secret !== undefined ? [{ user: name, password: secret, permissions }] : [],
  );

  return `${stationsAccount} { users: ${JSON.stringify([{ user, password: pass }, ...incoming])} }`;
}

function leafNodes({ station, listen, tls, peers }: ServerLinks): readonly string[] {
  const remotes = peers.flatMap(({ connect, secret }) => {
    if (connect === undefined || secret === undefined) return [];
    const [, scheme = 'nats-leaf://', place] = /^(tls:\/\/)?(.*)$/.exec(connect) ?? [];
    const url = `${scheme}${encodeURIComponent(station)}:${encodeURIComponent(secret)}@${place}`;
    const isChecked = scheme === 'tls://' && tls?.ca !== undefined;
    return [{ url, account: stationsAccount, ...(isChecked ? { tls: { ca_file: tls.ca } } : {}) }];
  });
  const shown =
    tls?.cert === undefined
      ? ''
      : ` tls: ${JSON.stringify({ cert_file: tls.cert, key_file: tls.key, timeout: 5 })},`;

  return [
    '# A link that hangs is found out within seconds, and made again within a second; where others',
    '# connect to, they know from their own stations.yaml.',
    'ping_interval: "5s"',
    `leafnodes { ${listen === undefined ? '' : `listen: ${JSON.stringify(listen)}, no_advertise: true,${shown}`} reconnect: "500ms", remotes: ${JSON.stringify(remotes)} }`,
  ];
}

/** Replaces a file of the server's folder in one step; nobody else may read it. */
export async function replaceOwn(path: string, text: string): Promise<void> {
  const next = `${path}.${randomUUID()}.next`;
  try {
    await writeFile(next, text, { flag: 'wx', mode: await ownMode(path) });
    await rename(next, path);
  } catch (error) {
    await rm(next, { force: true });
    throw error;
  }
}

/** Of several processes that make one up at once the first counts, and nobody reads half of it. */
async function makePassword(path: string): Promise<void> {
  const made = `${path}.${randomUUID()}.next`;
  try {
    const text = `${randomBytes(passwordBytes).toString('base64url')}\n`;
    await writeFile(made, text, { flag: 'wx', mode: await ownMode(path) });
    await link(made, path);
  } catch (error) {
    if (errorNumber(error) !== 'EEXIST') throw error;
  } finally {
    await rm(made, { force: true });
  }
}

function readAgain(path: string): string {
  const password = read(path);
  if (password !== undefined) return password;

  throw new NatsServerError(
    'nats.password-missing',
    `${path} is gone or empty; the next command makes a new password and gives it to the server`,
  );
}

function read(path: string): string | undefined {
  const text = readPrivateFile(path, `.3ox/nats/${passwordName}`, { group: true })?.trim();

  return text === '' ? undefined : text;
}

/** The accounts that listen where 127.0.0.1 and this port lead, as far as the kernel tells. */
function listenersOn(port: number): readonly number[] {
  const rows = rowsOf('/proc/net/tcp', port);
  const exact = rows.filter(({ address }) => loopback.has(address));
  // A table of many connections takes the kernel 10 ms to write.
  const found = exact.length > 0 ? exact : [...rows, ...rowsOf('/proc/net/tcp6', port)];

  return found.map(({ uid }) => uid);
}

/** As the kernel writes 127.0.0.1: in the order of bytes of the processor. */
const loopback: ReadonlySet<string> = new Set(['0100007F', '7F000001']);

type Listener = { readonly address: string; readonly uid: number };

function rowsOf(path: string, port: number): readonly Listener[] {
  let table: string;
  try {
    table = readFileSync(path, 'utf8');
  } catch {
    // Only Linux has such tables.
    return [];
  }

  return table.split('\n').flatMap((line) => {
    const [, local = '', , state, , , , uid] = line.trim().split(/\s+/);
    const [address = '', at = ''] = local.split(':');
    return state === listening && Number.parseInt(at, 16) === port ? [{ address, uid: Number(uid) }] : [];
  });
}
