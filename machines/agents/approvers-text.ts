import type { HumanTask } from '../task.ts';

/** Who may answer an approval, in words that are true whether or not principals are declared. */
export function approversText(approvers: HumanTask['approvers']): string {
  const { names = [], level } = approvers ?? {};
  const least = level === undefined || level === 'L0' ? level : `${level} or above`;
  if (names.length > 0) return names.join(' or ') + (least === undefined ? '' : `, of level ${least}`);

  return least ?? 'anyone (L0 where principals are declared)';
}
