import { suggest } from '../../../../machines/language/suggest.ts';
import { within } from '../../../lib/deadline.ts';
import type { AgentRefusal, AgentsDesk } from '../../../ports/work/agent-admin.ts';
import { agentDocument } from '../../../projections/agent/agent-row.ts';
import { CliFailure } from '../../cli-failure.ts';
import type { ExitCode } from '../../exit-codes.ts';
import { type Invocation, quoted } from '../../invocation.ts';
import { agentTable, agentText } from '../../text/agent-text.ts';
import { actorOf } from '../actor.ts';

export type DrainFlags = { readonly as?: string; readonly reason?: string };

/** `workflow agents list`: who carries tasks out, how busy they are and what waits for them. */
export async function listAgents(invocation: Invocation): Promise<ExitCode> {
  const { output, hint } = invocation;

  return withDesk(invocation, async (desk) => {
    const depths = await desk.depths();
    const agents = desk.agents(depths);
    const items = agents.map((agent) => agentDocument(agent, depths?.get(agent.name)));
    const { invalid } = desk;
    const problems = invalid === undefined ? {} : { problems: invalid.problems };
    output.document('AgentList', { total: agents.length, items, ...problems });
    if (agents.length > 0) output.data(agentTable(invocation, agents, depths));
    else
      output.note(
        `no agents; declare them in agents.yaml, or start a worker: ${hint('worker', '<agent>', '--', '<command>')}`,
      );

    return invalidExit(invocation, desk);
  });
}

/** `workflow agents show <agent>`: everything about an agent, and its workers. */
export async function showAgent(invocation: Invocation, name: string): Promise<ExitCode> {
  const { output, hint } = invocation;

  return withDesk(invocation, async (desk) => {
    const depths = await desk.depths();
    const depth = depths?.get(name);
    const agent = desk.agents(depths).find((each) => each.name === name);
    if (agent === undefined) throw desk.invalid ?? unknown(invocation, desk, name);
    output.document('Agent', agentDocument(agent, depth));
    output.data(agentText(invocation, agent, depth));
    if (agent.draining !== undefined) output.note(`  ${hint('agents', 'resume', quoted(name))}`);
    else if (agent.transport.kind === 'nats' && agent.workers.length === 0)
      output.note(`no worker is listening; start one: ${hint('worker', quoted(name), '--', '<command>')}`);

    return invalidExit(invocation, desk);
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
  const { output, io, hint } = invocation;

  return withDesk(invocation, async (desk) => {
    const by = actorOf(io, flags.as);
    const { reason } = flags;
    refused(invocation, name, await desk.drain(name, { by, reason }));
    output.document('AgentDrained', { agent: name, draining: true, by, reason });
    output.data(`${name} gets nothing new; what it has under way goes on`);
    output.note(`  ${hint('agents', 'resume', quoted(name))}`);

    return 0;
  });
}

/** `workflow agents resume <agent>`: it takes work again. */
export async function resumeAgent(
  invocation: Invocation,
  name: string,
  flags: DrainFlags,
): Promise<ExitCode> {
  const { output, io } = invocation;

  return withDesk(invocation, async (desk) => {
    const by = actorOf(io, flags.as);
    refused(invocation, name, await desk.resume(name, { by }));
    output.document('AgentDrained', { agent: name, draining: false, by });
    output.data(`${name} gets work again`);

    return 0;
  });
}

const closeMsMax = 2_000;

async function withDesk(
  { app, io, output, projectDir }: Invocation,
  use: (desk: AgentsDesk) => Promise<ExitCode>,
): Promise<ExitCode> {
  const desk = await app.agents(projectDir(), (message) => output.note(output.notePaint.dim(message)));
  try {
    return await use(desk);
  } finally {
    await within(io.clock, closeMsMax, desk.close());
  }
}

function refused({ hint }: Invocation, name: string, refusal: AgentRefusal | undefined): void {
  if (refusal === undefined) return;
  const { code, message } = refusal;
  const fix = code === 'agent.already-draining' ? hint('agents', 'resume', quoted(name)) : undefined;

  throw new CliFailure(code, message, fix ?? (code === 'agent.unknown' ? hint('agents', 'list') : undefined));
}

function unknown({ hint }: Invocation, desk: AgentsDesk, name: string): CliFailure {
  const meant = suggest(
    name,
    desk.agents().map((each) => each.name),
  );
  const fix = meant === undefined ? hint('agents', 'list') : hint('agents', 'show', quoted(meant));

  return new CliFailure(
    'agent.unknown',
    `no agent ${JSON.stringify(name)} is declared in agents.yaml, and no worker of it was heard of`,
    fix,
  );
}
