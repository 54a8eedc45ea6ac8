import type { Json } from '../../../events/canonical-json.ts';
import type { Finding } from '../finding.ts';
import type { Outline, TaskSite } from '../outline.ts';
import { isMapping } from '../read-tasks.ts';
import { didYouMean } from '../suggest.ts';
import { insideOf } from '../task-graph.ts';
import type { Path } from '../yaml-node.ts';

type Mention = { readonly name: string; readonly path: Path };

/** Every task that is named exists, and is in reach: in the same list as the task that names it. */
export function checkReferences(outline: Outline): readonly Finding[] {
  return outline.sites.flatMap((site) =>
    mentions(site).flatMap((mention) => {
      const finding = checkMention(outline, site, mention);
      return finding === undefined ? [] : [finding];
    }),
  );
}

function checkMention(
  { sites, ids, graph }: Outline,
  site: TaskSite,
  { name, path }: Mention,
): Finding | undefined {
  if (name === site.task.id) {
    const message = `"${name}" names itself: ${name} -> ${name}`;
    return { code: 'definition.cycle', message, path };
  }
  if (!ids.has(name)) {
    const near = [...ids].filter((id) => id !== site.task.id);
    return { code: 'definition.unknown-task', message: `no task "${name}"${didYouMean(name, near)}`, path };
  }
  const other = graph.sites.get(name);
  if (other === undefined || inReach(sites, site, other, path)) return undefined;
  const { container } = other.list;
  const where = container === undefined ? 'outside of this list' : `inside "${container}"`;
  const hint = container === undefined ? '' : `; name "${container}" instead`;

  return { code: 'definition.foreign-task', message: `the task "${name}" is ${where}${hint}`, path };
}

function inReach(sites: readonly TaskSite[], site: TaskSite, other: TaskSite, path: Path): boolean {
  if (site.list === other.list) return true;
  if (site.task.type !== 'JOIN' || !path.includes('join_on')) return false;

  // A JOIN may wait for the tasks inside the branches of a FORK beside it.
  return sites.some((fork) => fork.list === site.list && insideOf(fork.task).includes(other.task.id));
}

function mentions({ raw, path }: TaskSite): readonly Mention[] {
  const lists = [
    'depends_on',
    'parallel_with',
    'join_on',
    'fallback',
    'compensate',
    'default',
    'default_case',
  ];
  const cases = isMapping(raw['decision_cases']) ? Object.entries(raw['decision_cases']) : [];
  const catches = Array.isArray(raw['catch']) ? (raw['catch'] as readonly Json[]) : [];

  return [
    ...lists.flatMap((key) => named(raw[key], [...path, key])),
    ...cases.flatMap(([value, each]) => routed(each, [...path, 'decision_cases', value])),
    ...catches.flatMap((each, index) => routed(each, [...path, 'catch', index])),
  ];
}

function named(value: Json | undefined, path: Path): readonly Mention[] {
  if (typeof value === 'string') return [{ name: value, path }];
  if (Array.isArray(value)) {
    return (value as readonly Json[]).flatMap((each, index) =>
      typeof each === 'string' ? [{ name: each, path: [...path, index] }] : [],
    );
  }

  return routed(value, path);
}

function routed(value: Json | undefined, path: Path): readonly Mention[] {
  if (!isMapping(value)) return [];

  return ['next', 'next_tasks'].flatMap((key) =>
    isMapping(value[key]) ? [] : named(value[key], [...path, key]),
  );
}
