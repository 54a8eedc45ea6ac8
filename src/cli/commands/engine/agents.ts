import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { AgentList } from '../../../api/people.ts';
import { agentUseCases } from '../../../operations/agents/use-cases.ts';
import type { OperationPorts } from '../../../operations/use-case.ts';
import { type AgentsDesk, agentsFileName } from '../../../ports/work/agent-admin.ts';
import { CliFailure } from '../../cli-failure.ts';
import type { ExitCode } from '../../exit-codes.ts';
import { type Invocation, quoted } from '../../invocation.ts';
import { agentTable, agentText } from '../../text/agent-text.ts';
import { carriedOut, withPorts } from '../../with-ports.ts';
import { noteMore, type PageFlags, wantedPage } from '../paged-list.ts';

export type DrainFlags = { readonly as?: string; readonly reason?: string };
export type MoveFlags = DrainFlags & { readonly team?: string; readonly back?: boolean };

/** `workflow agents list`: who carries tasks out, how busy they are and what waits for them. */
export async function listAgents(invocation: Invocation, flags: PageFlags): Promise<ExitCode> {
  const { app, hint, output, projectDir } = invocation;
  const show = (list: Pick<AgentList, 'items' | 'total' | 'next'>): void => {
    output.document('AgentList', list);
    if (list.items.length > 0) output.data(agentTable(invocation, list.items));
    else
      output.note(
        `no agents; declare them in agents.yaml, or start a worker: ${hint('worker', '<agent>', '--', '<command>')}`,
      );
    noteMore(invocation, list);
  };
  if (!existsSync(join(projectDir(), agentsFileName)) && (await app.isNew(projectDir()))) {
    show({ items: [], total: 0 });
    return 0;
  }

  return withPorts<ExitCode>(invocation, async (ports) => {
    show(await wantedPage(flags, (input) => carriedOut(invocation, ports, agentUseCases.list, { input })));

    return invalidExit(invocation, ports.agents);
  });
}

/** `workflow agents show <agent>`: everything about an agent, and its workers. */
export async function showAgent(invocation: Invocation, name: string): Promise<ExitCode> {
  const { output, hint } = invocation;

  return withPorts<ExitCode>(invocation, async (ports) => {
    const page = await carriedOut(invocation, ports, agentUseCases.show, { input: { name } });
    const { agent } = page;
    output.document('Agent', page);
    output.data(agentText(invocation, agent));
    if (agent.draining !== undefined) output.note(`  ${hint('agents', 'resume', quoted(name))}`);
    else if (agent.state === 'gone')
      output.note(`no worker is listening; start one: ${hint('worker', quoted(name), '--', '<command>')}`);

    return invalidExit(invocation, ports.agents);
  });
}

/** Agents are listed even if agents.yaml is invalid; its problems are shown too. */
function invalidExit({ output }: Invocation, { invalid }: AgentsDesk): ExitCode {
  if (invalid === undefined) return 0;
  output.warn(`${invalid.message}; shown is who was heard of`);
  output.warn(invalid.text);

  return 2;
}

/** `workflow agents drain <agent>`: it gets nothing new. */
export async function drainAgent(invocation: Invocation, name: string, flags: DrainFlags): Promise<ExitCode> {
  const { output, hint } = invocation;
  const { as, reason } = flags;

  return changeAgent(invocation, async (ports) => {
    const list = await carriedOut(invocation, ports, agentUseCases.drain, { input: { name, reason }, as });
    output.data(`${name} gets nothing new; what it has under way goes on`);
    output.note(`  ${hint('agents', 'resume', quoted(name))}`);

    return list;
  });
}

/** `workflow agents resume <agent>`: it takes work again. */
export async function resumeAgent(
  invocation: Invocation,
  name: string,
  { as }: DrainFlags,
): Promise<ExitCode> {
  return changeAgent(invocation, async (ports) => {
    const list = await carriedOut(invocation, ports, agentUseCases.resume, { input: { name }, as });
    invocation.output.data(`${name} gets work again`);

    return list;
  });
}

/** `workflow agents move <agent> --team <team>`: it is of that team; `--back`: of what agents.yaml says. */
export async function moveAgent(
  invocation: Invocation,
  name: string,
  { as, team, back, reason }: MoveFlags,
): Promise<ExitCode> {
  if (team === undefined && back !== true)
    throw new CliFailure(
      'usage.team',
      `where is ${name} to be? --team <team>, or --back to where agents.yaml says`,
    );

  return changeAgent(invocation, async (ports) => {
    const list = await carriedOut(invocation, ports, agentUseCases.move, {
      input: { name, team, reason },
      as,
    });
    invocation.output.data(
      team === undefined ? `${name} is where agents.yaml says` : `${name} is of the team ${team}`,
    );

    return list;
  });
}

async function changeAgent(
  invocation: Invocation,
  change: (ports: OperationPorts) => Promise<AgentList>,
): Promise<ExitCode> {
  return withPorts<ExitCode>(invocation, async (ports) => {
    await ports.agents.ready();
    invocation.output.document('AgentList', await change(ports));

    return 0;
  });
}
