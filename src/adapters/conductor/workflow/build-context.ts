import { named, plainMember } from '../cel/make.ts';
import type { Context } from '../context.ts';
import { createIds } from '../ids.ts';
import { type Report, speaker } from '../report.ts';
import { dynamicJoinsOf } from '../source/expand-forks.ts';
import { below, type JsonMap } from '../source/json.ts';
import { type ConductorTask, tasksOf, withInner } from '../source/task.ts';
import { createInputs } from './inputs.ts';

/** What is known of the other definitions of the same import. */
export type Surroundings = {
  readonly workflowId: (name: string) => string;
  readonly addDefinition: Context['addDefinition'];
  readonly taskDefinitions: ReadonlyMap<string, JsonMap>;
  /** Inputs that other definitions of the import give to this one. */
  readonly passed: ReadonlySet<string>;
};

export type WorkflowSource = {
  readonly raw: JsonMap;
  readonly name: string;
  readonly version: number;
  readonly pointer: string;
  /** Tasks that are read by their place in `tasks` only, because the checker knows no way to them. */
  readonly hidden: ReadonlySet<string>;
  /** What the checker has refused of a task on an earlier attempt, by reference name. */
  readonly refused: ReadonlyMap<string, string>;
};

export type Built = Context & {
  readonly inputs: ReturnType<typeof createInputs>;
  readonly variables: ReadonlySet<string>;
};

export function contextOf(
  { raw, name, version, pointer, hidden, refused }: WorkflowSource,
  around: Surroundings,
  report: Report,
): Built {
  const all = tasksOf(raw['tasks'], below(pointer, 'tasks')).flatMap(withInner);
  const ids = createIds();
  // Names that are ids already keep theirs, whatever comes before them.
  const byRef = new Map<string, string>();
  const inOrder = [...all.filter(({ ref }) => isId(ref)), ...all.filter(({ ref }) => !isId(ref))];
  for (const { ref } of inOrder) if (!byRef.has(ref)) byRef.set(ref, ids.claim(ref));
  reportNames(all, byRef, report);
  const inputs = createInputs(raw, report, pointer, around.passed);
  const variables = new Set<string>();
  const tasks = new Map(all.map((task): [string, ConductorTask] => [task.ref, task]));
  const joins = [...dynamicJoinsOf(raw)].flatMap(([join, fork]): [string, ConductorTask][] => {
    const task = tasks.get(fork);
    return task === undefined ? [] : [[join, task]];
  });

  return {
    ...{ workflow: raw, name, version, pointer, report, tasks, hidden, refused, inputs, variables },
    ids: byRef,
    claimId: ids.claim,
    input: inputs.read,
    variable: (variable) => {
      variables.add(variable);
      return plainMember(plainMember(named('workflow'), 'variables'), variable);
    },
    taskDefinitions: around.taskDefinitions,
    dynamicJoins: new Map(joins),
    addDefinition: around.addDefinition,
    workflowId: around.workflowId,
    missingDefinitions: new Set(),
  };
}

function isId(ref: string): boolean {
  return /^[a-z0-9][a-z0-9_-]{0,62}$/.test(ref);
}

function reportNames(all: readonly ConductorTask[], ids: ReadonlyMap<string, string>, report: Report): void {
  const seen = new Set<string>();
  for (const task of all) {
    const say = speaker(report, { task, pointer: task.pointer });
    const id = ids.get(task.ref);
    if (seen.has(task.ref)) {
      say.warning('taskReferenceName', 'two tasks have the same reference name, which Conductor refuses');
    } else if (id !== task.ref) {
      say.info('taskReferenceName', 'ids are lower case letters, digits, _ and -', {
        became: id ?? task.ref,
      });
    }
    seen.add(task.ref);
  }
}
