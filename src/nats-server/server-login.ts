import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
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
  /** Tells this password from others without revealing it. */
  readonly mark: string;
};

const passwordBytes = 32;
const passwordName = 'server.password';
const configName = 'server.conf';
const markLength = 16;
const listening = '0A';

/** The password of the project's server; one is made up where there is none. Rejects with SecretFileRefused. */
export async function ensureLogins(folder: string): Promise<ProjectLogins> {
  const path = join(folder, passwordName);
  if (read(path) === undefined) await makePassword(path);

  return {
    project: () => ({ user: 'project', pass: readAgain(path) }),
    monitor: () => ({ user: 'monitor', pass: readAgain(path) }),
    mark: createHash('sha256').update(readAgain(path)).digest('hex').slice(0, markLength),
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

/** The configuration that the server is started with: what is shipped, and who may connect. Returns its path. */
export async function writeServerConfig(
  folder: string,
  { shipped, logins }: { readonly shipped: string; readonly logins: ProjectLogins },
): Promise<string> {
  const path = join(folder, configName);
  const users = (login: ServerLogin): string => {
    const { user, pass } = login();
    return `users: [ { user: ${JSON.stringify(user)}, password: ${JSON.stringify(pass)} } ]`;
  };
  const lines = [
    await readFile(shipped, 'utf8'),
    '# Written anew at each start. Who has the password beside this file may connect, and nobody else.',
    `authorization { ${users(logins.project)} }`,
    `accounts { $SYS { ${users(logins.monitor)} } }`,
  ];
  await replaceOwn(path, `${lines.join('\n')}\n`);

  return path;
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
  const rows = ['/proc/net/tcp', '/proc/net/tcp6'].flatMap(rowsOf).filter((row) => row.port === port);
  const exact = rows.filter(({ address }) => loopback.has(address));

  return (exact.length > 0 ? exact : rows).map(({ uid }) => uid);
}

/** As the kernel writes 127.0.0.1: in the order of bytes of the processor. */
const loopback: ReadonlySet<string> = new Set(['0100007F', '7F000001']);

type Listener = { readonly address: string; readonly port: number; readonly uid: number };

function rowsOf(path: string): readonly Listener[] {
  let table: string;
  try {
    table = readFileSync(path, 'utf8');
  } catch {
    // Only Linux has such tables.
    return [];
  }

  return table.split('\n').flatMap((line) => {
    const [, local = '', , state, , , , uid] = line.trim().split(/\s+/);
    const [address = '', port = ''] = local.split(':');
    return state === listening ? [{ address, port: Number.parseInt(port, 16), uid: Number(uid) }] : [];
  });
}
