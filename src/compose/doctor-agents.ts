import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { readAgents } from '../adapters/agents-file/read-agents.ts';
import type { DoctorLine } from '../adapters/cli/app.ts';
import type { JetStreamHandle } from '../adapters/jetstream/connect.ts';
import { createRoster } from '../engine/roster.ts';
import type { WorkDepth } from '../ports/agents-desk.ts';
import { AgentsInvalid, agentsFileName } from '../ports/agents-file.ts';
import { messageOf } from '../ports/message-of.ts';
import { systemClock } from './system-clock.ts';

/** Whether agents.yaml can be used. */
export async function checkAgentsFile(projectDir: string): Promise<DoctorLine> {
  const path = join(projectDir, agentsFileName);
  if (!existsSync(path))
    return {
      name: 'agents',
      status: 'ok',
      detail: `no ${agentsFileName}: agents are those whose workers are there`,
    };
  try {
    const { agents, principals } = await readAgents(path);
    const detail = `${agents.length} agents and ${principals.length} principals in ${agentsFileName}`;
    return { name: 'agents', status: 'ok', detail };
  } catch (error) {
    const [first] = error instanceof AgentsInvalid ? error.problems : [];
    const count = error instanceof AgentsInvalid ? ` (${error.problems.length} problems)` : '';
    const detail = `${agentsFileName}: ${first?.message ?? messageOf(error)}${count}`;
    return { name: 'agents', status: 'fail', detail, fix: `workflow check ${agentsFileName}` };
  }
}

/** How long workers have to speak up after they were asked who is there. */
const rollCallMs = 400;
const toldMax = 5;

/** Whether work waits in queues that nobody listens to. */
export async function checkQueues(
  { presence, workDepths }: Pick<JetStreamHandle, 'presence' | 'workDepths'>,
  projectDir: string,
): Promise<readonly DoctorLine[]> {
  const nobody = { agents: [], principals: [] };
  const declared = await readAgents(join(projectDir, agentsFileName)).catch(() => nobody);
  const counted = await workDepths().catch((error: unknown) => messageOf(error));
  if (typeof counted === 'string')
    return [{ name: 'queues', status: 'warn', detail: `the work of agents cannot be counted: ${counted}` }];
  const depths = [...counted].filter(([, { waiting, taken }]) => waiting + taken > 0);
  if (depths.length === 0) return [];
  const roster = await createRoster({
    declared: { current: () => declared, onChange: () => () => undefined },
    presence,
    marks: { all: async () => new Map() },
    clock: systemClock,
    onTrouble: () => undefined,
  });
  try {
    await new Promise<void>((resolve) => void systemClock.after(rollCallMs, resolve));
    const left = depths.filter(([agent]) => (roster.find(agent)?.workers.length ?? 0) === 0);
    return left.length === 0 ? [] : [leftLine(left)];
  } finally {
    roster.close();
  }
}

function leftLine(left: readonly (readonly [string, WorkDepth])[]): DoctorLine {
  const told = left
    .slice(0, toldMax)
    .map(([agent, { waiting, taken }]) => `${waiting + taken} for ${JSON.stringify(agent)}`);
  const more = left.length > toldMax ? `, and for ${left.length - toldMax} more` : '';

  return {
    name: 'queues',
    status: 'warn',
    detail: `tasks wait that no worker is listening for: ${told.join(', ')}${more}`,
    fix: 'workflow worker <agent> -- <command>',
  };
}
