import { readFile, stat } from 'node:fs/promises';
import { type DeclaredAgents, loadAgents } from '../../machines/agents/load-agents.ts';
import { formatProblems, type Problem } from '../../machines/language/problem.ts';
import { messageOf } from '../lib/text.ts';
import { AgentsInvalid, agentsFileName } from '../ports/work/agent-admin.ts';

const bytesMax = 1024 * 1024;

/** Who the file declares. Rejects with AgentsInvalid when it cannot be read or has problems. */
export async function readAgents(path: string): Promise<DeclaredAgents> {
  const content = await contentOf(path).catch((error: unknown) => {
    throw invalid([unreadable(messageOf(error))]);
  });
  const loaded = loadAgents({ file: agentsFileName, content });
  if (!loaded.ok) throw invalid(loaded.problems);

  return { agents: loaded.agents, principals: loaded.principals, skills: loaded.skills };
}

function invalid(problems: readonly Problem[]): AgentsInvalid {
  return new AgentsInvalid(problems, formatProblems(problems));
}

async function contentOf(path: string): Promise<Uint8Array> {
  const found = await stat(path);
  // Opening a pipe would wait for somebody who writes into it.
  if (!found.isFile()) throw new Error('it is no file');
  if (found.size > bytesMax) throw new Error(`it has ${found.size} bytes, more than 1 MiB`);

  return readFile(path);
}

function unreadable(message: string): Problem {
  return {
    code: 'agents.unreadable',
    severity: 'error',
    message: `the file cannot be read: ${message}`,
    file: agentsFileName,
    line: 1,
    column: 1,
    length: 1,
    path: '',
  };
}
