import { randomBytes, randomUUID } from 'node:crypto';
import { access, mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { isReservedName, type Level } from '../../machines/agents/declared-agent.ts';
import type { DeclaredAgents } from '../../machines/agents/load-agents.ts';
import { sha256Hex } from '../../machines/hash.ts';
import type { NatsConfig, NatsConfigOptions } from '../cli/app.ts';
import { agentsFileName } from '../ports/work/agent-admin.ts';
import { readAgents } from '../project/read-agents.ts';
import { type AuthUser, authConf } from '../stores/jetstream/connection/auth-conf.ts';
import type { OperatorRights, Role } from '../stores/jetstream/connection/permissions.ts';

/** The command was asked for what there is not. `code` and the message say what. */
class NatsConfigRefused extends Error {
  override readonly name = 'NatsConfigRefused';
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

const confName = 'nats-auth.conf';
const urlsName = 'nats-urls.json';
const passwordBytes = 24;
/** The files hold passwords: nobody else may read them. */
const mode = 0o600;
const folderMode = 0o700;

/**
 * Writes who may do what on a NATS server, and the address of each user. Users that were written before keep their
 * passwords. Rejects with NatsConfigRefused, AgentsInvalid or the error of the file system.
 */
export async function writeNatsConfig(options: NatsConfigOptions): Promise<NatsConfig> {
  const { out, namespace, server, force } = options;
  const agentsFile = join(options.projectDir, agentsFileName);
  const declared = (await exists(agentsFile))
    ? await readAgents(agentsFile)
    : { agents: [], principals: [], skills: [] };
  const conf = join(out, confName);
  const urls = join(out, urlsName);
  for (const path of force ? [] : [conf, urls]) await refuseExisting(path);
  const known = await knownPasswords(urls);
  const users = rolesOf(declared, options).map((role) => {
    const user = userOf(role);
    const password = known.get(user) ?? randomBytes(passwordBytes).toString('base64url');
    return { ...role, user, password };
  });
  const addresses = users.map((user) => [user.user, addressOf(server, user)] as const);
  await mkdir(out, { recursive: true, mode: folderMode });
  await write(conf, authConf({ namespace, users }));
  await write(urls, `${JSON.stringify(Object.fromEntries(addresses), null, 2)}\n`);

  return { conf, urls, users: users.map(({ password: _password, ...user }) => user) };
}

/** `nats://host:4222` becomes `nats://user:password@host:4222`; so does each of several. */
function addressOf(server: string, { user, password }: Pick<AuthUser, 'user' | 'password'>): string {
  return server
    .split(',')
    .map((each) => {
      const [, scheme = 'nats://', host = ''] = /^([a-z]+:\/\/)?(.*)$/.exec(each.trim()) ?? [];
      return `${scheme}${user}:${password}@${host}`;
    })
    .join(',');
}

async function refuseExisting(path: string): Promise<void> {
  if (!(await exists(path))) return;

  throw new NatsConfigRefused(
    'usage.exists',
    `${path} is there already; --force writes it anew, and keeps the passwords of the users that it names`,
  );
}

function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

/** Those of the addresses that were written before. */
async function knownPasswords(path: string): Promise<ReadonlyMap<string, string>> {
  try {
    const urls = z.record(z.string(), z.string()).parse(JSON.parse(await readFile(path, 'utf8')));
    const passwords = Object.entries(urls).map(
      ([user, url]) => [user, /:\/\/[^:@]*:([\w-]+)@/.exec(url)?.[1] ?? ''] as const,
    );

    return new Map(passwords.filter(([, password]) => password !== ''));
  } catch {
    return new Map();
  }
}

/** Whole, and readable by nobody else from its first byte on. */
async function write(path: string, text: string): Promise<void> {
  const temporary = `${path}.${randomUUID()}.part`;
  await writeFile(temporary, text, { mode, flag: 'wx' });
  await rename(temporary, path);
}

/** An engine, a worker of each agent that has any, an operator for each principal above L3, those who look. */
export function rolesOf(
  { agents, principals }: DeclaredAgents,
  options: Pick<NatsConfigOptions, 'agents' | 'operators' | 'observers'>,
): readonly Role[] {
  const working = agents.filter(({ transport }) => transport.kind === 'nats').map(({ name }) => name);
  const commanding = principals.filter(({ level }) => level !== 'L3').map(({ name }) => name);
  const operator = (principal: string): Role => {
    const found = principals.find(({ name }) => name === principal);
    if (isReservedName(principal)) {
      throw new NatsConfigRefused('usage.operator', `--operator ${principal}: this name is taken`);
    }
    if (principals.length > 0 && found === undefined) {
      const why = 'it is none of the principals of agents.yaml';
      throw new NatsConfigRefused('authority.unknown', `--operator ${principal}: ${why}`);
    }
    return { role: 'operator', principal, may: rightsOf(found?.level) };
  };

  return [
    { role: 'engine' },
    ...unique([...working, ...options.agents]).map((agent): Role => ({ role: 'worker', agent })),
    ...unique([...commanding, ...options.operators]).map(operator),
    ...unique(options.observers.length === 0 ? [''] : options.observers).map(
      (name): Role => ({ role: 'observer', name }),
    ),
  ];
}

/** An L3 may be named as an approver, and do nothing else. */
function rightsOf(level: Level | undefined): OperatorRights {
  if (level === 'L3') return 'answer';

  return level === 'L2' ? 'command' : 'define';
}

function unique(names: readonly string[]): readonly string[] {
  return [...new Set(names)];
}

/** A name for the server and for its addresses. Other characters become a part of a hash, so that no two are alike. */
export function userOf(role: Role): string {
  switch (role.role) {
    case 'engine':
      return 'engine';
    case 'worker':
      return `worker-${plain(role.agent)}`;
    case 'operator':
      return `operator-${plain(role.principal)}`;
    case 'observer':
      return role.name === '' ? 'observer' : `observer-${plain(role.name)}`;
  }
}

function plain(name: string): string {
  if (/^[A-Za-z0-9_-]+$/.test(name)) return name;

  return `${name.replaceAll(/[^A-Za-z0-9_-]+/g, '-').slice(0, 40)}-${sha256Hex(name).slice(0, 8)}`;
}
