import type { Asked, AskedGroup } from './asked.ts';

/** Who may answer an approval, in words that are true whether or not principals are declared. */
export function approversText({ groups, delegates }: Asked): string {
  const parts = [...groups.flatMap(groupText), ...(delegates.length === 0 ? [] : [delegates.join(' or ')])];

  return [...new Set(parts)].join(', or ');
}

function groupText({ level, names }: AskedGroup): readonly string[] {
  const least = level === undefined || level === 'L0' ? level : `${level} or above`;
  if (names === undefined) return [least ?? 'anyone (L0 where principals are declared)'];
  if (names.length === 0) return [];

  return [names.join(' or ') + (least === undefined ? '' : `, of level ${least}`)];
}
