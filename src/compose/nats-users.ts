import type { Level } from '../../machines/agents/level.ts';
import type { DeclaredAgents } from '../../machines/agents/load-agents.ts';
import { isReservedName } from '../../machines/agents/reserved-names.ts';
import { sha256Hex } from '../../machines/hash.ts';
import type { NatsConfigOptions } from '../adapters/cli/app.ts';
import type { OperatorRights, Role } from '../adapters/jetstream/permissions.ts';

/** The command was asked for what there is not. `code` and the message say what. */
export class NatsConfigRefused extends Error {
  override readonly name = 'NatsConfigRefused';
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
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
