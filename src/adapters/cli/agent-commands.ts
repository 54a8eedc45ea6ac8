import type { Command } from 'commander';
import type { Act } from './act.ts';
import type { DrainFlags } from './commands/agents.ts';

/** The commands about who carries tasks out. */
export function addAgentCommands(program: Command, act: Act): void {
  const agents = program
    .command('agents')
    .description('who carries tasks out: the agents of agents.yaml, and those whose workers are there')
    .helpCommand(false);
  agents
    .command('list', { isDefault: true })
    .description('all agents, how busy they are and what waits for them')
    .action(
      act(async (invocation, _flags: object) => {
        const { listAgents } = await import('./commands/agents.ts');
        return listAgents(invocation);
      }),
    );
  agents
    .command('show')
    .argument('<agent>', 'the name of an agent')
    .description('everything about an agent, and its workers')
    .action(
      act(async (invocation, agent: string, _flags: object) => {
        const { showAgent } = await import('./commands/agents.ts');
        return showAgent(invocation, agent);
      }),
    );
  for (const verb of ['drain', 'resume'] as const) addDrain(agents, act, verb);
}

function addDrain(agents: Command, act: Act, verb: 'drain' | 'resume'): void {
  const command = agents
    .command(verb)
    .argument('<agent>', 'the name of an agent')
    .description(
      verb === 'drain'
        ? 'give an agent nothing new until `workflow agents resume`; what it has under way goes on'
        : 'give work again to an agent that is draining',
    )
    .option('--as <name>', 'who does it');
  if (verb === 'drain') command.option('--reason <text>', 'why; shown where runs wait for the agent');
  command.action(
    act(async (invocation, agent: string, flags: DrainFlags) => {
      const { drainAgent, resumeAgent } = await import('./commands/agents.ts');
      return verb === 'drain' ? drainAgent(invocation, agent, flags) : resumeAgent(invocation, agent, flags);
    }),
  );
}
