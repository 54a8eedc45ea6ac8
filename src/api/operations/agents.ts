import type { AgentPage, AgentWorkList } from '../agent-work.ts';
import type { PageQuery } from '../page.ts';
import type { AgentList, AgentMove, AgentNamed } from '../people.ts';
import { declare } from './operation.ts';

const path = '/api/v1/agents';
const answer = 'The agents';
const name = 'the name of the agent';

export const agentOperations = {
  list: declare<PageQuery, AgentList>()({
    summary: 'Who carries tasks out, how busy they are and what waits for them',
    changes: false,
    http: { method: 'get', path, answer },
    tool: { name: 'list_agents' },
  }),
  drain: declare<AgentNamed & { readonly reason?: string | undefined }, AgentList>()({
    summary: 'The agent gets nothing new; what it has under way goes on',
    changes: true,
    members: { name, reason: 'why; shown where runs wait for the agent' },
    http: { method: 'post', path: `${path}/{name}/drain`, answer },
  }),
  resume: declare<AgentNamed, AgentList>()({
    summary: 'The agent gets work again',
    changes: true,
    members: { name },
    http: { method: 'post', path: `${path}/{name}/resume`, answer },
  }),
  move: declare<AgentMove, AgentList>()({
    summary: 'The agent is of another team of enterprise.yaml, until it is moved again or back',
    changes: true,
    members: {
      name,
      team: 'the team; without it, back to what agents.yaml says',
      reason: 'why; shown with it',
    },
    http: { method: 'post', path: `${path}/{name}/move`, answer },
  }),
  work: declare<PageQuery, AgentWorkList>()({
    summary: 'What each agent did: attempts of the last 24 hours, and the latest one',
    changes: false,
    http: {
      method: 'get',
      path: '/api/v1/agent-work',
      answer: 'Agents that did something, in the runs that changed last',
    },
    command: {
      words: 'agents work',
      options: { limit: '--limit <count>', after: '--after <cursor>' },
      table: {
        of: 'items',
        columns: [
          'agent',
          'lastDay.completed',
          'lastDay.failed',
          'latest.run',
          'latest.task',
          'latest.outcome',
        ],
      },
    },
  }),
  show: declare<AgentNamed, AgentPage>()({
    summary: 'One agent with its workers, what it has in hand and its latest attempts',
    changes: false,
    members: { name },
    http: { method: 'get', path: `${path}/{name}`, answer: 'The agent' },
  }),
};
