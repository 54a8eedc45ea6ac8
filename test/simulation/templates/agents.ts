// Templates whose tasks are carried out by the workers of agents.
import { endsWith, flow, type Template, template } from './template.ts';

/** Who may be asked, and for what, is the same in every template: their seeds may run side by side. */
const scanner = { agent: 'SCANNER', skills: ['scan'], workers: 2, capacity: 1 } as const;
const auditor = {
  agent: 'AUDITOR',
  level: 'L1',
  skills: ['scan', 'judge'],
  workers: 1,
  capacity: 2,
} as const;
const editor = { agent: 'EDITOR', level: 'L2', skills: ['write'], workers: 1, capacity: 1 } as const;
const miner = { agent: 'MINER', workers: 2, capacity: 1 } as const;
const painter = {
  agent: 'PAINTER',
  skills: ['paint'],
  workers: 1,
  capacity: 1,
  comesAfterMs: 15_000,
} as const;
const glazier = {
  agent: 'GLAZIER',
  skills: ['paint'],
  workers: 1,
  capacity: 1,
  comesAfterMs: 22_000,
} as const;

export const agentTemplates: readonly Template[] = [
  template(
    'agents',
    [
      flow(`agents
  tasks:
    - {id: a, assigned_to: SCANNER}
    - {id: b, assigned_to: SCANNER, depends_on: a, input: {fails: 1}, retry_policy: {max_attempts: 2, initial_delay: 500ms}}
    - {id: c, assigned_to: EDITOR, depends_on: a, input: {ms: 7000, beats: true}}
    - {id: d, uses: work, depends_on: [b, c]}`),
    ],
    { wrong: endsWith('COMPLETED', { c: 'completed', d: 'completed' }), agents: [scanner, editor] },
  ),
  template(
    'skills',
    [
      flow(`skills
  tasks:
    - {id: a, requires: [scan], agent_level: L1}
    - {id: b, requires: [scan, judge], depends_on: a}
    - {id: team, requires: [judge, write], agent_level: L2, depends_on: a, input: {ms: 2000}}
    - {id: write, depends_on: [b, team]}`),
    ],
    {
      wrong: endsWith('COMPLETED', { team: 'completed', write: 'completed' }),
      agents: [scanner, auditor, editor],
    },
  ),
  template(
    'latecomers',
    [
      flow(`latecomers
  tasks:
    - {id: first, requires: [paint], input: {ms: 6000}}
    - {id: named, assigned_to: GLAZIER, priority: 9, input: {fails: 1}, retry_policy: {max_attempts: 2}}
    - {id: second, requires: [paint], depends_on: [first, named]}`),
    ],
    {
      wrong: endsWith('COMPLETED', { named: 'completed', second: 'completed' }),
      agents: [painter, glazier],
    },
  ),
  template(
    'crowd',
    [
      flow(`crowd
  tasks:
    - id: each
      type: FORK
      for_each: "\${[0, 1, 2, 3, 4, 5]}"
      as: n
      tasks: [{id: row, assigned_to: SCANNER, input: {gives: "\${n}"}}]
    - {id: urgent, assigned_to: SCANNER, priority: 9}
    - {id: end, uses: work, depends_on: [each, urgent]}`),
    ],
    { wrong: endsWith('COMPLETED', { end: 'completed' }), agents: [scanner] },
  ),
  template(
    'poison',
    [
      flow(`poison
  tasks:
    - {id: bad, assigned_to: MINER, input: {kills: true}, optional: true, retry_policy: {max_attempts: 3}}
    - {id: good, assigned_to: MINER, depends_on: bad, join: all_done}`),
    ],
    { wrong: endsWith('COMPLETED', { good: 'completed' }), agents: [miner] },
  ),
  template(
    'agents-timed',
    [
      flow(`agents-timed
  tasks:
    - {id: a, assigned_to: EDITOR, timeout: 12s, input: {ms: 4000}, retry_policy: {max_attempts: 3}}
    - {id: b, assigned_to: MINER, heartbeat_timeout: 9s, input: {ms: 5000, beats: true}, retry_policy: {max_attempts: 3}}
    - {id: c, requires: [paint], queue_timeout: 10s, total_timeout: 40s}
    - {id: d, assigned_to: MINER, depends_on: [a, b], join: any, timeout: 5s, timeout_policy: alert}`),
    ],
    { wrong: endsWith('COMPLETED'), isTimed: true, agents: [editor, miner, painter] },
  ),
];
