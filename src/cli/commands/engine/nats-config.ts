import { join, relative, resolve } from 'node:path';
import { formatTable } from '../../../terminal/render/table.ts';
import type { NatsConfig } from '../../app.ts';
import type { ExitCode } from '../../exit-codes.ts';
import { type Invocation, quoted } from '../../invocation.ts';

export type NatsConfigFlags = {
  readonly out?: string;
  readonly server: string;
  readonly agent?: readonly string[];
  readonly operator?: readonly string[];
  readonly observer?: readonly string[];
  readonly force?: boolean;
};

/** `workflow nats-config`: users of a NATS server for engines, agents, people, and what each of them may do. */
export async function natsConfig(invocation: Invocation, flags: NatsConfigFlags): Promise<ExitCode> {
  const { app, io, output } = invocation;
  const projectDir = invocation.projectDir();
  const written = await app.natsConfig({
    projectDir,
    out: flags.out === undefined ? join(projectDir, '.3ox', 'nats') : resolve(io.cwd, flags.out),
    namespace: io.env['WORKFLOW_NAMESPACE'] ?? 'default',
    server: flags.server,
    agents: flags.agent ?? [],
    operators: flags.operator ?? [],
    observers: flags.observer ?? [],
    force: flags.force === true,
  });
  const { conf, urls, users } = written;
  output.document('NatsConfig', { conf, urls, users });
  output.data(usersTable(written));
  for (const path of [conf, urls]) output.note(`wrote ${shown(path, io.cwd)}, which only you may read`);
  for (const line of advice(written, io.cwd)) output.note(line);

  return 0;
}

function usersTable({ users }: NatsConfig): string {
  return formatTable(
    [{ title: 'USER' }, { title: 'ROLE' }],
    users.map(({ user, role }) => [user, role]),
  );
}

/** Only the next thing to do; docs/authority.md has the rest. */
function advice({ urls, users }: NatsConfig, cwd: string): readonly string[] {
  const url = (user: string) =>
    `NATS_URL="$(node -p 'JSON.parse(fs.readFileSync(0))["${user}"]' < ${quoted(shown(urls, cwd))})"`;
  const operator = users.find(({ role }) => role === 'operator')?.user;

  return [
    'put nats-auth.conf beside the configuration of the server and add there: include "nats-auth.conf"',
    `an engine: ${url('engine')} workflow serve`,
    operator === undefined
      ? 'nobody can give commands yet: add --operator <name> for each person'
      : `a person: ${url(operator)} workflow status`,
  ];
}

function shown(path: string, cwd: string): string {
  const short = relative(cwd, path);

  return short === '' || short.startsWith('..') ? path : short;
}
