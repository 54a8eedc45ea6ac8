import type { TaskState } from '../chart/run/run-state.ts';
import type { HumanTask } from '../task.ts';
import type { Level } from './declared-agent.ts';

/** People who may answer an approval: those of these names, or anybody; of this level or above. */
export type AskedGroup = { readonly level?: Level | undefined; readonly names?: readonly string[] };

/**
 * Whom an approval asks now: any of these groups but those who handed it over, and those to whom it was handed over,
 * whatever their level.
 */
export type ApproverQuery = {
  readonly groups: readonly AskedGroup[];
  readonly delegates: readonly string[];
  /** Whether they were asked by name or for their level: an answer that is handed over moves, and none is added. */
  readonly gone: readonly string[];
};

/** Whom a task asks as things are: after an escalation more than before, and without those who handed it over. */
export function askedNow(
  { approvers, escalateTo }: HumanTask,
  { delegations = [], escalatedAt }: Pick<TaskState, 'delegations' | 'escalatedAt'>,
): ApproverQuery {
  const gone = [...new Set(delegations.map(({ by }) => by))];
  const later = escalateTo === undefined || escalatedAt === undefined ? [] : [groupOf(escalateTo, gone)];
  let delegates: readonly string[] = [];
  for (const { by, to } of delegations) delegates = [...delegates.filter((name) => name !== by), to];

  return { groups: [groupOf(approvers, gone), ...later], delegates, gone };
}

/** The groups that ask somebody, as far as names tell: where principals are declared, their level counts as well. */
export function groupsOf(
  { groups, gone }: Omit<ApproverQuery, 'delegates'>,
  name: string,
): readonly AskedGroup[] {
  if (gone.includes(name)) return [];

  return groups.filter(({ names }) => names === undefined || names.includes(name));
}

/** Whether somebody may answer, as far as names tell. */
export function mayBeAsked(asked: ApproverQuery, name: string): boolean {
  return asked.delegates.includes(name) || groupsOf(asked, name).length > 0;
}

/** Everybody who is asked by name. */
export function namesAsked({ groups, delegates }: ApproverQuery): readonly string[] {
  return [...new Set([...groups.flatMap(({ names = [] }) => names), ...delegates])];
}

function groupOf(approvers: HumanTask['approvers'], gone: readonly string[]): AskedGroup {
  const { level, names = [] } = approvers ?? {};
  const left = names.filter((name) => !gone.includes(name));

  return { level, ...(names.length === 0 ? {} : { names: left }) };
}
