import { canonicalJson } from '../../../events/canonical-json.ts';
import { planOf } from '../../../machines/chart/plan.ts';
import type { Definition } from '../../../machines/definition.ts';
import { type LoadedDefinition, loadDefinition } from '../../../machines/language/load-definition.ts';
import { createTextReader } from '../../../machines/language/text/read-text.ts';
import { readSource } from '../../../machines/language/text/source-text.ts';
import { nodeAt } from '../../../machines/language/text/yaml-node.ts';
import { readYaml } from '../../../machines/language/text/yaml-reader.ts';
import { type RunCount, shownStatusOfLine } from '../../../machines/run/record/run-filter.ts';
import type { Task } from '../../../machines/task.ts';
import { isDynamic } from '../../../machines/task-names.ts';
import { triggerId } from '../../../machines/triggers/compiled-trigger.ts';
import type { DefinitionRow, DefinitionTemplate } from '../../api/definitions.ts';
import type { PublishMark } from '../../ports/definitions/definition-store.ts';
import type { RunSummary } from '../../ports/runs/run-index.ts';

/** What stands in the place of a name where it cannot be told which secret is read. */
const everySecret = 'every secret of the project';

/** One version of a definition, wherever it was found. `loaded` is absent where it cannot be used. */
export type KnownVersion = {
  readonly id: string;
  readonly version: number;
  readonly hash: string;
  readonly source: DefinitionRow['source'];
  readonly file: string;
  readonly text: string;
  readonly loaded?: LoadedDefinition;
  readonly published?: PublishMark | undefined;
  /** What its id starts, because the current bundle says so. */
  readonly isBundled?: true;
  /** The number of test cases beside the definition, if known. */
  readonly cases?: number | undefined;
  /** The number of problems found in the definition. */
  readonly problems: number;
};

export const latestRunsMax = 20;

/** How many runs of all versions of a definition there are, and those that were started last, the latest first. */
export type RunsOfDefinition = {
  readonly counts: readonly RunCount[];
  readonly latest: readonly RunSummary[];
};

/** As the HTTP API starts them: a file that was changed since counts only once it is published. */
const order: readonly DefinitionRow['source'][] = ['registered', 'project', 'library'];

/** The version that is started when none is named: that of the current bundle, else of the first source the highest. */
export function startedVersion(versions: readonly KnownVersion[]): KnownVersion | undefined {
  const bundled = versions.find(({ isBundled }) => isBundled);
  if (bundled !== undefined) return bundled;

  return [...versions].sort(
    (a, b) => order.indexOf(a.source) - order.indexOf(b.source) || b.version - a.version,
  )[0];
}

/** One row of the list of definitions. */
export function definitionRow(
  shown: KnownVersion,
  versions: readonly KnownVersion[],
  { counts, latest }: RunsOfDefinition,
): DefinitionRow {
  const { id, version, hash, source, file, problems, loaded } = shown;

  return {
    id,
    version,
    hash,
    source,
    file,
    problems,
    versions: [...new Set(versions.map((each) => each.version))].sort((a, b) => b - a),
    ...(loaded === undefined ? unknown : told(loaded.definition)),
    runs: runCounts(counts),
    recent: latest
      .slice(0, latestRunsMax)
      .reverse()
      .map((line) => ({ run: line.run, shown: shownStatusOfLine(line) })),
  };
}

/** The number of runs under way, ended, and completed. */
export function runCounts(counts: readonly RunCount[]): DefinitionRow['runs'] {
  const sum = (fits: (each: RunCount) => boolean): number =>
    counts.reduce((total, each) => total + (fits(each) ? each.count : 0), 0);

  return {
    running: sum(({ isEnded }) => !isEnded),
    ended: sum(({ isEnded }) => isEnded),
    completed: sum(({ isEnded, status }) => isEnded && status === 'COMPLETED'),
  };
}

const unknown = { labels: {}, tasks: 0, agents: [], triggers: [] };

function told(definition: Definition) {
  const { name, description, labels, triggers } = definition;

  return {
    ...(name === undefined ? {} : { name }),
    ...(description === undefined ? {} : { description }),
    labels: { ...labels },
    // The task of the run that a FORK starts for an item is nobody's writing.
    tasks: [...planOf(definition).keys()].filter((task) => !task.includes('/')).length,
    agents: [...agentsOf(definition)],
    triggers: triggers.map((trigger) => triggerId(definition, trigger)),
  };
}

/** The agents that tasks of a definition name, each once, in the order of the definition. */
export function agentsOf(definition: Definition): readonly string[] {
  const named = [...planOf(definition).values()].flatMap(({ task: { type, performer } }) =>
    type === 'SIMPLE' && performer.kind === 'agent' && !isDynamic(performer.agent) ? [performer.agent] : [],
  );

  return [...new Set(named)];
}

/** What has to be there for a run of a definition, besides the agents it names: each once, in the order of the text. */
export function needsOf(definition: Definition): DefinitionTemplate['needs'] {
  const tasks = [...planOf(definition)].flatMap(([address, { task }]) =>
    address.includes('/') ? [] : [task],
  );

  return {
    skills: once(tasks.flatMap(skillsOf)),
    secrets: once(secretsIn(definition, createTextReader())),
    programs: once(tasks.flatMap(programOf)),
    workflows: once(tasks.flatMap(calledBy)),
  };
}

/** Every text is read as an expression as well, wherever it stands: a secret too many is better than one too few. */
function secretsIn(value: unknown, readText: ReturnType<typeof createTextReader>): readonly string[] {
  if (typeof value === 'object' && value !== null)
    return Object.values(value).flatMap((each) => secretsIn(each, readText));
  // What is written with an escape may be the word too.
  if (typeof value !== 'string' || !/secrets|\\/.test(value)) return [];

  return (['template', 'condition'] as const).flatMap((kind) => {
    const read = readText({ kind, text: value });

    return (read.ok ? read.references : []).flatMap(({ path: [root, name] }) =>
      root === 'secrets' ? [name ?? everySecret] : [],
    );
  });
}

/** A task that names nobody is done by an agent that offers a skill of its name: that is a need as well. */
function skillsOf({ type, performer }: Task): readonly string[] {
  return type === 'SIMPLE' && performer.kind === 'skills'
    ? performer.skills.filter((skill) => !isDynamic(skill))
    : [];
}

function programOf({ type, performer }: Task): readonly string[] {
  if (type !== 'SIMPLE' || performer.kind !== 'run') return [];
  const [program] = performer.run.command;

  return typeof program === 'string' && performer.run.shell === undefined ? [program] : [];
}

function calledBy(task: Task): readonly string[] {
  if (task.type === 'SUB_WORKFLOW') return isDynamic(task.workflow) ? [] : [task.workflow];

  return task.type === 'FORK' && task.body !== undefined && 'workflow' in task.body
    ? [task.body.workflow].filter((name) => !isDynamic(name))
    : [];
}

function once(names: readonly string[]): string[] {
  return [...new Set(names)];
}

/**
 * The text of a definition with another version; all else stays as it was written. Undefined where the number stands
 * in a way that it cannot be told apart from the rest, such as by an anchor.
 */
export function withVersion(
  { definition, text }: LoadedDefinition,
  file: string,
  version: number,
): LoadedDefinition | undefined {
  const read = readSource({ file, content: text });
  const yaml = read.ok ? readYaml(read.source) : undefined;
  if (yaml?.ok !== true) return undefined;
  const { start, end } = nodeAt(yaml.root, ['workflow', 'version']);
  const result = loadDefinition({ file, content: `${text.slice(0, start)}${version}${text.slice(end)}` });
  const expected = canonicalJson({ ...definition, version });

  return result.ok && canonicalJson(result.loaded.definition) === expected ? result.loaded : undefined;
}
