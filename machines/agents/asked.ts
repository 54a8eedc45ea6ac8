import type { TaskState } from '../compile/run-state.ts';
import type { HumanTask } from '../task.ts';
import type { Level } from './level.ts';

/** People who may answer an approval: those of these names, or anybody; of this level or above. */
export type AskedGroup = { readonly level?: Level | undefined; readonly names?: readonly string[] };

/** Whom an approval asks now: any of these groups, and those to whom it was handed over, whatever their level. */
export type Asked = { readonly groups: readonly AskedGroup[]; readonly delegates: readonly string[] };

/**
 * Whom a task asks as things are: after an escalation more than before, and without those who were named and handed it
 * over. Who was asked for their level alone keeps the right: it is not theirs to hand over, only to share.
 */
export function askedNow(
  { approvers, escalateTo }: HumanTask,
  state: Pick<TaskState, 'delegations' | 'escalatedAt'>,
): Asked {
  const { delegations = [], escalatedAt } = state;
  const handedOverSince = (from: string) => delegations.filter(({ at }) => at >= from).map(({ by }) => by);
  const later =
    escalateTo === undefined || escalatedAt === undefined
      ? []
      : [groupOf(escalateTo, handedOverSince(escalatedAt))];
  let delegates: readonly string[] = [];
  for (const { by, to } of delegations) delegates = [...delegates.filter((name) => name !== by), to];

  return { groups: [groupOf(approvers, handedOverSince('')), ...later], delegates };
}

/** Whether somebody may answer, as far as names tell: where principals are declared, it also depends on their level. */
export function isAsked({ groups, delegates }: Asked, name: string): boolean {
  return delegates.includes(name) || groups.some(({ names }) => names === undefined || names.includes(name));
}

/** Everybody who is asked by name. */
export function namesAsked({ groups, delegates }: Asked): readonly string[] {
  return [...new Set([...groups.flatMap(({ names = [] }) => names), ...delegates])];
}

function groupOf(approvers: HumanTask['approvers'], gone: readonly string[]): AskedGroup {
  const { level, names = [] } = approvers ?? {};
  const left = names.filter((name) => !gone.includes(name));

  return { level, ...(names.length === 0 ? {} : { names: left }) };
}
