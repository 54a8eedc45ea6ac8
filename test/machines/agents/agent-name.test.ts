// Queues and subjects are called after agents, so that their names have a length in which dots, blanks and letters
// beyond ASCII count as more than one character. Method: names at the edge, wherever one is said.
import { expect, test } from 'vitest';
import { isAgentName } from '../../../machines/agents/agent-name.ts';
import { loadAgents } from '../../../machines/agents/load-agents.ts';
import { loadDefinition } from '../../../machines/language/load-definition.ts';
import { createWorker, WorkerInvalid } from '../../../src/compose/create-worker.ts';
import { subjectToken } from '../../../src/lib/text.ts';

const longest = [
  'x'.repeat(200),
  '.'.repeat(66),
  'ü'.repeat(33),
  `${'a.'.repeat(50)}`,
  '\u{1F58C}'.repeat(16),
];
const tooLong = longest.map((name) => `${name}...`);

test.each(longest)('%s is the name of an agent, and its token has no more than 200 characters', (name) => {
  expect(isAgentName(name)).toBe(true);
  expect(subjectToken(name).length).toBeLessThanOrEqual(200);
});

test.each(tooLong)('%s is too long: in agents.yaml, in a definition and for a worker', (agent) => {
  expect(isAgentName(agent)).toBe(false);
  expect(subjectToken(agent).length).toBeGreaterThan(200);
  const declared = loadAgents({
    file: 'agents.yaml',
    content: JSON.stringify({ agents: [{ name: agent }] }),
  });
  expect(problemsOf(declared)).toContain('at most 200 characters');
  const definition = { workflow: { id: 'a', version: 1, tasks: [{ id: 't', assigned_to: agent }] } };
  const assigned = loadDefinition({ file: 'a.yaml', content: JSON.stringify(definition) });
  expect(problemsOf(assigned)).toContain('at most 200 characters');
  expect(() => createWorker({ agent, handlers: {}, url: 'nats://127.0.0.1:1' })).toThrow(WorkerInvalid);
});

function problemsOf(loaded: ReturnType<typeof loadAgents> | ReturnType<typeof loadDefinition>): string {
  return loaded.ok ? '' : loaded.problems.map(({ message }) => message).join('\n');
}
