import type { Json } from '../../../events/canonical-json.ts';
import { buildOutline } from '../build-outline.ts';
import { checkExpressions } from '../checks/expressions.ts';
import { checkPresence } from '../checks/presence.ts';
import type { Finding } from '../finding.ts';
import { isMapping } from '../mapping.ts';
import type { Outline, TaskSite } from '../outline.ts';
import type { Path } from '../text/yaml-node.ts';
import type { KnownWorld } from './world.ts';

/**
 * What is read of tasks that ask for a skill is there, and of the type that is needed. The definition is checked again
 * as if such a task said itself what its skill returns; what was found without that is left out.
 */
export function checkSkillResults(outline: Outline, { skills = {} }: KnownWorld): readonly Finding[] {
  const known = outline.sites.flatMap((site) => {
    const returns = skillReturns(site, skills);
    return returns === undefined ? [] : [{ path: [...site.path.slice(1), 'returns'], returns }];
  });
  if (known.length === 0) return [];
  const workflow = known.reduce<Json>(
    (whole, { path, returns }) => withValue(whole, path, returns),
    outline.workflow as Json,
  );
  const told = isMapping(workflow) ? buildOutline(workflow, () => undefined) : undefined;
  const before = new Set(readingFindings(outline).map(textOf));

  return (told === undefined ? [] : readingFindings(told))
    .filter((finding) => !before.has(textOf(finding)))
    .map((finding) => ({ ...finding, message: `${finding.message} (agents.yaml says what skills return)` }));
}

function readingFindings(outline: Outline): readonly Finding[] {
  const findings = checkExpressions(outline, { order: true });

  return findings.length > 0 ? findings : checkPresence(outline);
}

function textOf({ code, message, path }: Finding): string {
  return JSON.stringify([code, message, path]);
}

/** As the task would have to say it. One that says itself what it gives, or may be replaced, is as it says. */
function skillReturns({ task }: TaskSite, skills: Readonly<Record<string, Json>>): Json | undefined {
  if (task.type !== 'SIMPLE' || task.performer.kind !== 'skills') return undefined;
  if (task.output !== undefined || task.returns !== undefined || task.fallback.length > 0) return undefined;
  const [skill = '', ...others] = task.performer.skills;

  return others.length === 0 && Object.hasOwn(skills, skill) ? skills[skill] : undefined;
}

function withValue(whole: Json, [key, ...rest]: Path, value: Json): Json {
  if (key === undefined) return value;
  if (Array.isArray(whole)) {
    return whole.map((each: Json, index) => (index === key ? withValue(each, rest, value) : each));
  }
  const mapping = isMapping(whole) ? whole : {};
  // The parts of a shared task stand where it stands: what one of them gives is not what all of it gives.
  if (mapping['share'] === true) return whole;

  return { ...mapping, [key]: withValue(mapping[key] ?? null, rest, value) };
}
