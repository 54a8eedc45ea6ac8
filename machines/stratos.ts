import type { Json } from '../events/canonical-json.ts';
import { isEnough, type Level } from './agents/declared-agent.ts';
import type { Definition } from './definition.ts';
import { isMapping } from './language/mapping.ts';
import type { Approvers, HumanTask, Task } from './task.ts';

/**
 * How far a definition reaches, from the highest: STRATOS-1 (station), -2 (project) and -3 (tool) of the seeds. What is
 * of STRATOS-4 is done directly, without a workflow.
 */
export const stratosLevels = ['strategic', 'tactical', 'operational'] as const;
export type Stratos = (typeof stratosLevels)[number];

/** The least level of principals that may start, approve and change a definition. */
type Bounds = { readonly start: Level; readonly approve: Level; readonly change: Level };

/** They narrow what a level may do, and never widen it. */
export const stratosBounds: Readonly<Record<Stratos, Bounds>> = {
  strategic: { start: 'L1', approve: 'L0', change: 'L0' },
  tactical: { start: 'L2', approve: 'L1', change: 'L1' },
  operational: { start: 'L2', approve: 'L2', change: 'L1' },
};

/** What a definition of the lowest level may hold: "simple 2-3 step workflows". */
export const operationalTasksMax = 3;

/** The level that a definition says it is of, which is its label `stratos`. */
export function stratosOf({ labels }: Pick<Definition, 'labels'>): Stratos | undefined {
  return stratosLevels.find((level) => level === labels['stratos']);
}

/** The higher of two. */
export function higherStratos(one: Stratos | undefined, other: Stratos | undefined): Stratos | undefined {
  return stratosLevels.find((level) => level === one || level === other);
}

/** The level itself and those above it, the nearest first. */
export function upFrom(stratos: Stratos): readonly Stratos[] {
  return stratosLevels.slice(0, stratosLevels.indexOf(stratos) + 1).reverse();
}

/** A task that asks people asks those of the level of its definition, also where it names nobody. */
export function withStratosBound(task: Task, stratos: Stratos | undefined): Task {
  if (stratos === undefined) return task;
  const least = stratosBounds[stratos].approve;
  if (task.type === 'SUB_WORKFLOW' && isMapping(task.sent) && task.sent['type'] === 'HUMAN')
    return { ...task, sent: boundedSent(task.sent, least) };
  if (task.type !== 'HUMAN') return task;
  const { approvers, escalateTo, escalate } = task;

  return {
    ...task,
    approvers: boundedGroup(approvers ?? { names: [] }, least),
    ...(escalateTo === undefined ? {} : { escalateTo: boundedGroup(escalateTo, least) }),
    ...(escalate === undefined
      ? {}
      : { escalate: escalate.map((stage) => ({ ...stage, to: boundedGroup(stage.to, least) })) }),
  } satisfies HumanTask;
}

/** The same for what is sent to another station as it was written: whoever is asked there knows of no level here. */
function boundedSent(sent: Readonly<Record<string, Json>>, least: Level): Json {
  const bounded = (group: Json | undefined): Json => {
    const written = isMapping(group) ? group : {};
    const level = written['level'];

    return typeof level === 'string' && isEnough(level as Level, least)
      ? written
      : { ...written, level: least };
  };
  const { escalate_to: to, escalate } = sent;
  const stages = Array.isArray(escalate) ? (escalate as readonly Json[]) : undefined;

  return {
    ...sent,
    approvers: bounded(sent['approvers']),
    ...(to === undefined ? {} : { escalate_to: bounded(to) }),
    ...(stages === undefined
      ? {}
      : {
          escalate: stages.map((stage) =>
            isMapping(stage) ? { ...stage, to: bounded(stage['to']) } : stage,
          ),
        }),
  };
}

function boundedGroup(group: Approvers, least: Level): Approvers {
  const { level } = group;

  return level !== undefined && isEnough(level, least) ? group : { ...group, level: least };
}
