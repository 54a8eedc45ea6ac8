import { planOf } from '../../../machines/chart/plan.ts';
import type { Definition } from '../../../machines/definition.ts';
import type { Task } from '../../../machines/task.ts';
import type { DefinitionTemplate } from '../../api/definition-template.ts';

/** What has to be there for a run of a definition, besides the agents it names: each once, in the order of the text. */
export function needsOf(definition: Definition): DefinitionTemplate['needs'] {
  const tasks = [...planOf(definition)].flatMap(([address, { task }]) =>
    address.includes('/') ? [] : [task],
  );

  return {
    skills: once(tasks.flatMap(skillsOf)),
    secrets: once([...JSON.stringify(definition).matchAll(secretRead)].map(([, name = '']) => name)),
    programs: once(tasks.flatMap(programOf)),
    workflows: once(tasks.flatMap(calledBy)),
  };
}

/** `secrets.NAME` and `secrets["NAME"]`, which is written as JSON here. */
const secretRead = /\bsecrets(?:\.|\[\\?["'])(\w+)/g;

/** A task that names nobody is done by an agent that offers a skill of its name: that is a need as well. */
function skillsOf({ type, performer }: Task): readonly string[] {
  return type === 'SIMPLE' && performer.kind === 'skills' ? performer.skills : [];
}

function programOf({ type, performer }: Task): readonly string[] {
  if (type !== 'SIMPLE' || performer.kind !== 'run') return [];
  const [program] = performer.run.command;

  return typeof program === 'string' && performer.run.shell === undefined ? [program] : [];
}

function calledBy(task: Task): readonly string[] {
  if (task.type === 'SUB_WORKFLOW') return [task.workflow];

  return task.type === 'FORK' && task.body !== undefined && 'workflow' in task.body
    ? [task.body.workflow]
    : [];
}

function once(names: readonly string[]): string[] {
  return [...new Set(names)];
}
