import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type DeclaredAgents, loadAgents } from '../../../machines/agents/load-agents.ts';
import { shippedPath } from '../../files/package-path.ts';
import { writeAtomically } from '../../files/write-atomically.ts';
import { agentsFileName } from '../../ports/work/agent-admin.ts';
import { writeNew } from './first-project.ts';

/** Small programs that play agents, with the agents.yaml that declares them. */
const demoFolder = 'examples/demo/project';

/** `made`: files that were written. `declared`: agents that agents.yaml has now and had not before. */
export type StandIns = { readonly made: readonly string[]; readonly declared: readonly string[] };

/**
 * Declares the agents that a template needs, each with a small program that plays it. Only where agents.yaml declares
 * agents: elsewhere any agent may come.
 */
export async function addStandIns(
  folder: string,
  needed: { readonly agents: readonly string[]; readonly skills: readonly string[] },
): Promise<StandIns> {
  const text = await readFile(join(folder, agentsFileName), 'utf8').catch(() => '');
  const there = declaredIn(text);
  const nothing = { made: [], declared: [] };
  if (there === undefined || there.agents.length === 0) return nothing;
  const demo = await readFile(shippedPath(`${demoFolder}/${agentsFileName}`), 'utf8');
  const missing = (declaredIn(demo)?.agents ?? []).filter(
    ({ name, skills = [] }) =>
      there.agents.every((each) => each.name !== name) &&
      (needed.agents.includes(name) || skills.some((skill) => needed.skills.includes(skill))),
  );
  const names = missing.map(({ name }) => name);
  const entries = names.map((name) => entryOf(demo, name)).join('');
  const changed = text.replace(/^agents:[ \t]*(?:#.*)?\n/m, (line) => `${line}${entries}`);
  // A list, or a mapping in one line, is left to whoever wrote it.
  const isWritten = declaredIn(changed)?.agents.length === there.agents.length + names.length;
  if (names.length === 0 || !isWritten) return nothing;
  const made: string[] = [];
  for (const name of names) {
    const path = `agents/${name}.mjs`;
    const program = await readFile(shippedPath(`${demoFolder}/${path}`), 'utf8');
    if (await writeNew(folder, { path, text: program })) made.push(path);
  }
  await writeAtomically({ projectDir: folder, path: agentsFileName, text: changed });

  return { made, declared: names };
}

/** Undefined where it cannot be read. */
function declaredIn(text: string): DeclaredAgents | undefined {
  const loaded = loadAgents({ file: agentsFileName, content: text });

  return loaded.ok ? loaded : undefined;
}

/** The lines of an agent. */
function entryOf(text: string, name: string): string {
  const lines = text.split('\n');
  const first = lines.indexOf(`  ${name}:`);
  const length = lines.slice(first + 1).findIndex((line) => !line.startsWith('    '));

  return `${lines.slice(first, first + 1 + length).join('\n')}\n`;
}
