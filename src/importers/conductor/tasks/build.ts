import type { Json } from '../../../../events/canonical-json.ts';
import type { ExpressionScope, SourcePlace } from '../context.ts';
import { speaker } from '../report.ts';
import type { ConductorTask } from '../source/task.ts';
import { type Emitted, present } from '../write-yaml.ts';

/** What one or several tasks of Conductor became. */
export type Converted = {
  readonly emitted: readonly Emitted[];
  /** What the next task has to wait for. */
  readonly exits: readonly string[];
  /** Whether every way through ends the run. */
  readonly ends: boolean;
};

/** A task on its way, with all that its conversion needs. */
export type Given = {
  readonly task: ConductorTask;
  readonly id: string;
  readonly place: SourcePlace;
  readonly scope: ExpressionScope;
  /** What it waits for. */
  readonly after: readonly string[];
  /** The task right before it in its list of ours. */
  readonly before: string | undefined;
  /** The task right before it in Conductor. */
  readonly previous: ConductorTask | undefined;
  readonly convertList: ConvertList;
};

export type ConvertList = (
  tasks: readonly ConductorTask[],
  scope: ExpressionScope,
  start: { readonly after: readonly string[]; readonly before: string | undefined },
) => Converted;

export type Convert = (given: Given) => Converted;

export function placeOf(task: ConductorTask, scope: ExpressionScope): SourcePlace {
  return {
    scope,
    task,
    pointer: task.pointer,
    say: speaker(scope.context.report, { task, pointer: task.pointer }),
  };
}

type Parts = {
  readonly fields?: Readonly<Record<string, Json | undefined>>;
  readonly nested?: Emitted['nested'];
  readonly comments?: readonly string[];
  readonly id?: string;
};

/** A task of ours in the place of one of Conductor. */
export function build(
  given: Given,
  type: string,
  { fields = {}, nested, comments = [], id }: Parts,
): Emitted {
  const { task, scope } = given;
  const own = id ?? given.id;
  const isRenamed = own === given.id && given.id !== task.ref;

  return {
    id: own,
    fields: present({
      name: isRenamed ? task.ref : undefined,
      description:
        typeof task.raw['description'] === 'string' && id === undefined ? task.raw['description'] : undefined,
      type: type === 'SIMPLE' ? undefined : type,
      depends_on: dependsOn(given, scope.list),
      ...fields,
    }),
    ...(nested === undefined ? {} : { nested }),
    comments,
  };
}

/** In a branch each task waits for the one before it without saying so. */
function dependsOn({ after, before }: Given, list: ExpressionScope['list']): Json | undefined {
  const [only] = after;
  if (only === undefined || (list === 'branch' && after.length === 1 && only === before)) return undefined;

  return after.length === 1 ? only : [...new Set(after)];
}

/** One task of ours for one of Conductor. */
export function single(emitted: Emitted): Converted {
  return { emitted: [emitted], exits: [emitted.id], ends: false };
}
