// A project with an agent whose model is scripted, and the built command line that asks it, which may be killed.
import { mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type Question,
  type Reply,
  type ScriptedModel,
  startScriptedModel,
} from '../support/scripted-model.ts';

/** How many turns came before this question. */
export function turnOf({ messages }: Question): number {
  return messages.filter(({ role, tool_calls: calls }) => role === 'assistant' && calls !== undefined).length;
}

/**
 * A model that looks `turns - 1` times and then answers. The first question of some turns goes wrong: too many
 * requests, a stream that is cut, arguments that are no JSON.
 */
export function startLookingModel(turns: number): Promise<ScriptedModel> {
  const troubled = new Set<number>();

  return startScriptedModel((question): Reply => {
    const turn = turnOf(question);
    const isFirst = !troubled.has(turn);
    troubled.add(turn);
    if (isFirst && turn % 6 === 1) return { status: 429, headers: { 'retry-after': '1' } };
    if (isFirst && turn % 6 === 3) return { cut: 'I was about to say' };
    if (isFirst && turn % 6 === 5) return { calls: [{ name: 'look', arguments: '{"path": ' }] };

    return lookOrEnd(question, turns);
  });
}

/** The answer of a turn of which nothing goes wrong. */
export function lookOrEnd(question: Question, turns: number): Reply {
  const turn = turnOf(question);
  if (turn === turns - 1) return { text: JSON.stringify({ summary: 'all is well', looked: turn }) };

  return { calls: [{ name: 'look', arguments: JSON.stringify({ path: `room-${turn}` }) }] };
}

/** The whole answers that each turn was paid for: those under keys of their own. */
export function paidTurns({ asked }: ScriptedModel): readonly number[] {
  const paid: number[] = [];
  for (const { question, reply } of asked) {
    const isMalformed = 'calls' in reply && reply.calls.some((call) => call.arguments === '{"path": ');
    if ('status' in reply || 'cut' in reply || isMalformed) continue;
    paid[turnOf(question)] = (paid[turnOf(question)] ?? 0) + 1;
  }

  return paid;
}

const definition = (budget: string) => `workflow:
  id: ${idOf(budget)}
  version: 1
  ${budget}
  output: {summary: "\${research.output.summary}", looked: "\${research.output.looked}"}
  tasks:
    - id: research
      type: AGENT
      model: fast
      system: You find things out.
      prompt: What is in the rooms?
      max_turns: 60
      returns: {summary: string, looked: integer}
      retry_policy: {max_attempts: 4, initial_delay: 10ms}
      timeout: 1m
      tools:
        - name: look
          description: Looks into a room.
          parameters: {path: string}
          run: {command: [sh, -c, 'echo "$1" >> looks.log; echo "{\\"seen\\": \\"$1\\"}"', look, "\${call.arguments.path}"]}
`;

/** A name has one content on a server. */
function idOf(budget: string): string {
  return `research-${budget
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/-$/, '')}`;
}

/** A project folder. `budget` is a line of the definition. */
export async function agentStation(address: string, budget = 'name: research'): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'workflow-agent-'));
  await mkdir(join(folder, 'definitions'));
  await writeFile(join(folder, 'definitions', 'research.yaml'), definition(budget));
  await writeFile(
    join(folder, 'models.yaml'),
    `models:\n  fast: {address: "${address}", model: scripted-1, price: {input: 1, output: 10}}\n`,
  );

  return folder;
}
