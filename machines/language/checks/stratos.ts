import { isEnough } from '../../agents/declared-agent.ts';
import { operationalTasksMax, type Stratos, stratosBounds, stratosOf } from '../../stratos.ts';
import type { Finding } from '../finding.ts';
import { isMapping } from '../mapping.ts';
import type { Outline, TaskSite } from '../outline.ts';

/** A definition keeps to its STRATOS level: in whom its approvals ask, and in its size. */
export function checkStratos({ definition, sites }: Outline): readonly Finding[] {
  const stratos = stratosOf(definition);
  if (stratos === undefined) return [];

  return [...sites.flatMap((site) => askedFindings(site, stratos)), ...sizeAdvice(sites, stratos)];
}

/** Asked is nobody who may not decide: what was written would not hold. */
function askedFindings({ raw, path }: TaskSite, stratos: Stratos): readonly Finding[] {
  const least = stratosBounds[stratos].approve;
  const stages = Array.isArray(raw['escalate']) ? raw['escalate'] : [];
  const groups = [
    { group: raw['approvers'], place: ['approvers'] },
    { group: raw['escalate_to'], place: ['escalate_to'] },
    ...stages.map((stage, index) => ({
      group: isMapping(stage) ? stage['to'] : undefined,
      place: ['escalate', index, 'to'],
    })),
  ];

  return groups.flatMap(({ group, place }): readonly Finding[] => {
    const level = isMapping(group) ? group['level'] : undefined;
    if (typeof level !== 'string') return [];
    const isDynamic = level.includes('${');
    if (!isDynamic && isEnough(level as typeof least, least)) return [];
    const what = isDynamic ? 'a level that the run computes' : level;
    const message = `what is ${stratos} is decided by ${least}${least === 'L0' ? '' : ' or above'}, and this asks ${what}`;

    return [{ code: 'definition.stratos-approver', message, path: [...path, ...place, 'level'] }];
  });
}

function sizeAdvice(sites: Outline['sites'], stratos: Stratos): readonly Finding[] {
  const tasks = sites.filter(({ list }) => list.kind !== 'steps').length;
  if (stratos !== 'operational' || tasks <= operationalTasksMax) return [];
  const message = `what is operational is a tool of at most ${operationalTasksMax} tasks, and these are ${tasks}: make it tactical, or split it`;

  return [{ code: 'definition.stratos-size', severity: 'warning', message, path: ['workflow', 'stratos'] }];
}
