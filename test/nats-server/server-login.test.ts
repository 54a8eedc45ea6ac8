// Only who can read the password of a project's server gets in, and nobody has to do anything for that: not where the
// server is new, not where an older version has started it, not where the password was changed. Method: real servers.
import { existsSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect } from '@nats-io/transport-node';
import { expect, onTestFinished, test } from 'vitest';
import { reservedStationNames } from '../../machines/stations/station-name.ts';
import { shippedPath } from '../../src/files/package-path.ts';
import { ensureEmbeddedServer, stopEmbeddedServer } from '../../src/nats-server/embedded-server.ts';
import { launchServer } from '../../src/nats-server/launch-server.ts';
import { findServer } from '../../src/nats-server/provision-server.ts';
import { ensureLogins, moveStore, type ServerLinks } from '../../src/nats-server/server-login.ts';
import { dial } from '../../src/stores/jetstream/connection/dial.ts';

const up = (projectDir: string, onProgress: (message: string) => void = () => undefined) =>
  ensureEmbeddedServer({ projectDir, env: process.env, onProgress });

test('lets in who has the password, and nobody without it or with another', async () => {
  const { url: servers, login } = await up(await project());
  const client = await connect({ servers, ...login() });
  await client.close();

  await expect(connect({ servers, reconnect: false })).rejects.toThrow(/Authorization Violation/);
  const guess = { ...login(), pass: 'x' };
  await expect(connect({ servers, ...guess, reconnect: false })).rejects.toThrow(/Authorization Violation/);
});

test('every file of the folder is for its owner alone, whatever the mask of the command was', async () => {
  const mask = process.umask(0o000);
  onTestFinished(() => void process.umask(mask));
  const projectDir = await project();
  await up(projectDir);

  const all = await readdir(join(projectDir, '.3ox'), { recursive: true, withFileTypes: true });
  const files = all.filter((each) => each.isFile()).map((each) => join(each.parentPath, each.name));
  const modes = await Promise.all(
    files.map(async (path) => [path, (await stat(path)).mode & 0o077] as const),
  );
  // The lock of the store is empty, and made by flock before there is a server.
  expect(modes.filter(([path, mode]) => mode !== 0 && !path.endsWith('store.lock'))).toEqual([]);
});

test('a password that others may read is not used, and the message says what to do', async () => {
  const projectDir = await project();
  await up(projectDir);
  await chmod(join(projectDir, '.3ox/nats/server.password'), 0o644);

  await expect(up(projectDir)).rejects.toMatchObject({
    code: 'secret.exposed',
    message: expect.stringContaining('chmod 600 .3ox/nats/server.password'),
  });
});

test('a server of an older version is used as it is while it has clients, and gets a password after that', async () => {
  const projectDir = await project();
  const old = await startOld(projectDir);
  const client = await connect({ servers: old.url });
  const said: string[] = [];
  const first = await up(projectDir, (message) => said.push(message));

  expect(first).toMatchObject({ pid: old.pid, started: false });
  expect(said.join()).toContain('has no password yet');
  // What comes with a password is let in all the same.
  await (await dial({ url: first.url, login: first.login })).connection.close();
  await client.close();
  await expect
    .poll(async () => (await up(projectDir)).pid !== old.pid, { timeout: 20_000, interval: 100 })
    .toBe(true);
  const now = await up(projectDir);
  expect(now.url).toBe(old.url);
  await expect(connect({ servers: now.url, reconnect: false })).rejects.toThrow(/Authorization Violation/);
  await (await connect({ servers: now.url, ...now.login() })).close();
});

test('a password that was removed is made anew, and who was connected comes back with it', async () => {
  const projectDir = await project();
  const first = await up(projectDir);
  const { connection } = await dial({ url: first.url, login: first.login });
  onTestFinished(() => connection.close());
  const before = first.login().pass;
  await rm(join(projectDir, '.3ox/nats/server.password'));
  const second = await up(projectDir);

  expect(second.pid).not.toBe(first.pid);
  expect(second.url).toBe(first.url);
  expect(second.login().pass).not.toBe(before);
  await expect.poll(() => connection.rtt().catch(() => -1), { timeout: 20_000 }).toBeGreaterThanOrEqual(0);
});

test('a folder that was given a group on purpose is shared with the group, and with nobody else', async () => {
  const projectDir = await project();
  await mkdir(join(projectDir, '.3ox'));
  await chmod(join(projectDir, '.3ox'), 0o2770);
  await up(projectDir);
  const { mode } = await stat(join(projectDir, '.3ox/nats/server.password'));

  // The mask of the command may take the right to write from the group.
  expect((mode & 0o777).toString(8)).toMatch(/^6[46]0$/);
});

test('the server takes another secret of a station with the next command, and no file that others read has it', async () => {
  const projectDir = await project();
  const upWith = (secret: string | undefined) =>
    ensureEmbeddedServer({ projectDir, env: process.env, links: linksWith(secret) });
  const first = await upWith('the-first-secret');
  expect((await upWith('the-first-secret')).pid).toBe(first.pid);
  // Not every process need know the secrets: one that does not changes nothing.
  expect((await upWith(undefined)).pid).toBe(first.pid);
  const second = await upWith('the-second-secret');

  expect(second.pid).not.toBe(first.pid);
  expect((await upWith('the-second-secret')).pid).toBe(second.pid);
  expect(await readFile(join(projectDir, '.3ox/nats/server.json'), 'utf8')).not.toContain('second-secret');
}, 60_000);

test('no station can be called as a user of the server', async () => {
  const { project: own, monitor, stations } = await ensureLogins(await mkdtempOf('workflow-users-'));

  expect([own, monitor, stations].map((login) => login().user).toSorted()).toEqual(
    reservedStationNames.toSorted(),
  );
});

function linksWith(secret: string | undefined): ServerLinks {
  const permissions = { publish: ['a'], subscribe: ['b'] };

  return { station: 'bridge', peers: [{ name: 'hull', permissions, secret }] };
}

/** As version 0.1.0 started it: with the shipped configuration, a monitor, and no password. */
async function startOld(projectDir: string): Promise<{ readonly url: string; readonly pid: number }> {
  const folder = join(projectDir, '.3ox/nats');
  await mkdir(folder, { recursive: true });
  const config = join(projectDir, 'old.conf');
  await writeFile(config, `${await readFile(shippedPath('nats.conf'), 'utf8')}\nhttp: "127.0.0.1:-1"\n`);
  const { path: binary } = await findServer({ env: process.env });
  const name = '3ox-of-before';
  const { url, pid, port, monitorUrl } = await launchServer({
    ...{ binary, config, storeDir: join(folder, 'store'), serverName: name, detached: true },
  });
  const record = { name, binary, startedAt: new Date(0).toISOString(), pid, port, url, monitorUrl };
  await writeFile(join(folder, 'server.json'), JSON.stringify(record));
  await writeFile(join(folder, 'server.port'), `${port}\n`);

  return { url, pid };
}

async function mkdtempOf(prefix: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), prefix));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));

  return folder;
}

async function project(): Promise<string> {
  const projectDir = await mkdtemp(join(tmpdir(), 'workflow-login-'));
  onTestFinished(async () => {
    await stopEmbeddedServer(projectDir);
    await rm(projectDir, { recursive: true, force: true });
  });

  return projectDir;
}

test('the store goes to the account that has streams, and back, and two of them are not chosen from', async () => {
  const folder = await mkdtempOf('workflow-store-');
  const at = (account: string) => join(folder, 'jetstream', account, 'streams');
  const links = { station: 'bridge', peers: [] };
  await moveStore(folder, links);
  await mkdir(at('$G'), { recursive: true });
  await moveStore(folder, links);
  expect([existsSync(at('$G')), existsSync(at('PROJECT'))]).toEqual([false, true]);
  await moveStore(folder, links);
  await moveStore(folder, undefined);
  expect([existsSync(at('$G')), existsSync(at('PROJECT'))]).toEqual([true, false]);

  await mkdir(at('PROJECT'), { recursive: true });
  await expect(moveStore(folder, links)).rejects.toMatchObject({ code: 'nats.store-twice' });
  await expect(moveStore(folder, undefined)).rejects.toMatchObject({ code: 'nats.store-twice' });
  expect([existsSync(at('$G')), existsSync(at('PROJECT'))]).toEqual([true, true]);
});
