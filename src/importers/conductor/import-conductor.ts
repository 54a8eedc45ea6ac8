import { loadDefinition } from '../../../machines/language/load-definition.ts';
import type { Problem } from '../../../machines/language/problem.ts';
import type {
  ImportDefinitions,
  ImportedDefinition,
  ImportOutcome,
  ImportSource,
} from '../../ports/definitions/definition-import.ts';
import { idOf } from './ids.ts';
import {
  describeStranger,
  type FoundDefinitions,
  type FoundWorkflow,
  findDefinitions,
} from './source/find-definitions.ts';
import { isMap, type JsonMap, mapAt, parseJson, textAt } from './source/parse-json.ts';
import { type ConductorTask, tasksOf, withInner } from './source/task.ts';
import type { OtherDefinitions } from './workflow/build-context.ts';
import { convertWorkflow, versionOf } from './workflow/convert-workflow.ts';

const attemptsMax = 4;

/** Translates workflow definitions of Conductor (Netflix, Orkes and the OSS 3.x line). Never throws. */
export const importConductor: ImportDefinitions = ({ text, file, tasks }) => {
  const found = read({ text, file });
  if (!found.ok) return found;
  const separate = tasks === undefined ? undefined : read(tasks);
  if (separate !== undefined && !separate.ok) return separate;
  const refused =
    refusal(found.found, file, found.stranger) ??
    (separate && tasks && tasksRefusal(separate.found, tasks.file));
  if (refused !== undefined) return refused;
  const known = [...found.found.taskDefinitions, ...(separate?.found.taskDefinitions ?? [])];

  return { ok: true, definitions: convertAll(found.found.workflows, known, file) };
};

type Refusal = Extract<ImportOutcome, { ok: false }>;

function read({
  text,
  file,
}: ImportSource):
  | { readonly ok: true; readonly found: FoundDefinitions; readonly stranger: string }
  | Refusal {
  const parsed = parseJson(text);
  if (!parsed.ok) {
    return {
      ok: false,
      code: 'definition.not-json',
      message: `${file} is not JSON: ${parsed.message}`,
      fix: 'export the definition with GET /api/metadata/workflow/{name}, and leave out comments and trailing commas',
    };
  }

  return { ok: true, found: findDefinitions(parsed.value), stranger: describeStranger(parsed.value) };
}

function refusal(
  { workflows, taskDefinitions, strangers }: FoundDefinitions,
  file: string,
  stranger: string,
): Refusal | undefined {
  if (workflows.length === 0) {
    const only = taskDefinitions.length > 0;
    return {
      ok: false,
      code: 'definition.not-conductor',
      message: only
        ? `${file} holds ${taskDefinitions.length} task definitions and no workflow`
        : `${file} holds no Conductor workflow: found ${stranger}, expected an object with "name" and "tasks"`,
      fix: only
        ? `give the workflow first, and this as its task definitions: \`workflow import <workflow> --tasks ${file}\``
        : 'a definition has "name", "version", "schemaVersion": 2 and a list "tasks"',
    };
  }
  const [first] = strangers;
  if (first === undefined) return undefined;

  return {
    ok: false,
    code: 'definition.not-conductor',
    message: `${file} holds something at ${first} that is neither a workflow nor a task definition`,
    fix: 'leave it out, or give it the list "tasks" that a workflow has',
  };
}

function tasksRefusal({ taskDefinitions }: FoundDefinitions, file: string): Refusal | undefined {
  if (taskDefinitions.length > 0) return undefined;

  return {
    ok: false,
    code: 'definition.not-conductor',
    message: `${file} holds no task definitions`,
    fix: 'export them with GET /api/metadata/taskdefs: a list of objects with "name", "retryCount" and time-outs',
  };
}

/** A definition may hold others, which follow it. */
function convertAll(
  workflows: readonly FoundWorkflow[],
  known: readonly JsonMap[],
  file: string,
): readonly ImportedDefinition[] {
  const taskDefinitions = new Map(known.map((each) => [textAt(each, 'name') ?? '', each]));
  const workflowId = namesOf();
  const queue: Queued[] = [];
  const add = (raw: JsonMap, pointer: string): Queued => {
    const same = queue.find((each) => each.pointer === pointer);
    if (same !== undefined) return same;
    // The same name and version with other content would be refused when it is registered.
    const isTaken = (name: string): boolean =>
      queue.some((each) => each.name === name && each.version === versionOf(raw) && !isEqual(each.raw, raw));
    let name = nameOf(raw);
    for (let count = 2; isTaken(name); count += 1) name = `${nameOf(raw)}_${count}`;
    const added = { raw, pointer, name, version: versionOf(raw) };
    if (!queue.some((each) => each.name === name && each.version === added.version)) queue.push(added);
    return added;
  };
  for (const { raw, pointer } of workflows) add(raw, pointer);
  const addDefinition = (
    raw: JsonMap,
    pointer: string,
  ): { readonly id: string; readonly version: number } => {
    const { name, version } = add(raw, pointer);
    return { id: workflowId(name), version };
  };
  const passed = passedInputs(workflows.map(({ raw }) => raw));
  const definitions: ImportedDefinition[] = [];
  // The queue grows while it is walked.
  for (const each of queue) {
    const own = passed.get(nameOf(each.raw)) ?? new Set<string>();
    definitions.push(convertChecked(each, file, { workflowId, addDefinition, taskDefinitions, passed: own }));
  }

  return definitions;
}

function isEqual(left: JsonMap, right: JsonMap): boolean {
  return JSON.stringify(left) === JSON.stringify(right);
}

function nameOf(raw: JsonMap): string {
  return textAt(raw, 'name') ?? 'unnamed';
}

/** Different names have different ids, in whatever order they are asked for. */
function namesOf(): (name: string) => string {
  const byName = new Map<string, string>();
  const given = new Set<string>();

  return (name) => {
    const known = byName.get(name);
    if (known !== undefined) return known;
    const id = idOf(name);
    let free = id;
    for (let count = 2; given.has(free); count += 1) free = `${id.slice(0, 58)}_${count}`;
    byName.set(name, free);
    given.add(free);

    return free;
  };
}

/** A definition of Conductor that is to be converted, under the name that it has among the others. */
type Queued = {
  readonly raw: JsonMap;
  readonly pointer: string;
  readonly name: string;
  readonly version: number;
};

/**
 * Converts until the checker is content. Conductor lets a task read any other: where the checker knows no way from one
 * to the other, it is read with care. What else the checker refuses of a script, an agent has to do.
 */
function convertChecked(
  { raw, pointer, name, version }: Queued,
  file: string,
  around: OtherDefinitions,
): ImportedDefinition {
  const hidden = new Set<string>();
  const refused = new Map<string, string>();
  for (let attempt = 1; ; attempt += 1) {
    const { yaml, entries, ids } = convertWorkflow({ raw, name, version, pointer, hidden, refused }, around);
    const checked = loadDefinition({ file: `${file}${pointer === '' ? '' : `#${pointer}`}`, content: yaml });
    const problems = checked.ok ? [] : checked.problems.filter(({ severity }) => severity === 'error');
    const more = unreachable(problems, ids).filter((ref) => !hidden.has(ref));
    const bad = refusedTasks(problems, ids).filter(([ref]) => !refused.has(ref));
    if (more.length + bad.length === 0 || attempt === attemptsMax) {
      return { name, id: around.workflowId(name), version, yaml, entries, problems };
    }
    for (const ref of more) hidden.add(ref);
    for (const [ref, message] of bad) refused.set(ref, message);
  }
}

function unreachable(problems: readonly Problem[], ids: ReadonlyMap<string, string>): readonly string[] {
  const refs = new Map([...ids].map(([ref, id]) => [id, ref]));

  return problems
    .filter(({ code }) => code === 'definition.not-yet-run')
    .flatMap(({ message }) => refs.get(/"([^"]+)"/.exec(message)?.[1] ?? '') ?? []);
}

/** A script whose expression does not pass the checker has no equivalent. */
function refusedTasks(
  problems: readonly Problem[],
  ids: ReadonlyMap<string, string>,
): readonly (readonly [string, string])[] {
  const refs = new Map([...ids].map(([ref, id]) => [id, ref]));

  return problems
    .filter(({ code }) => code !== 'definition.not-yet-run')
    .flatMap(({ path, message }) => {
      const ref = refs.get(
        [...path.matchAll(/(?:^|\.)(?:tasks|branches\[\d+\])\.([^.]+)/g)].at(-1)?.[1] ?? '',
      );
      return ref === undefined ? [] : [[ref, message] as const];
    });
}

/** What the definitions of an import give to each other: ours take declared inputs only. */
function passedInputs(workflows: readonly JsonMap[]): ReadonlyMap<string, ReadonlySet<string>> {
  const passed = new Map<string, Set<string>>();
  const walk = (workflow: JsonMap): void => {
    for (const { name, input, inline } of tasksOf(workflow['tasks'], '')
      .flatMap(withInner)
      .flatMap(started)) {
      const names = passed.get(name) ?? new Set();
      passed.set(name, names);
      for (const key of Object.keys(input)) names.add(key);
      if (inline !== undefined) walk(inline);
    }
  };
  for (const workflow of workflows) walk(workflow);

  return passed;
}

type Started = { readonly name: string; readonly input: JsonMap; readonly inline?: JsonMap };

/** The definition that a task starts a run of, and with which input. */
function started({ raw, input, type, ref }: ConductorTask): readonly Started[] {
  if (type !== 'SUB_WORKFLOW' && type !== 'START_WORKFLOW') return [];
  const isChild = type === 'SUB_WORKFLOW';
  const param = isChild ? mapAt(raw, 'subWorkflowParam') : mapAt(input, 'startWorkflow');
  const inline = param['workflowDefinition'] ?? param['workflowDef'];
  const own = isMap(inline) ? textAt(inline, 'name') : undefined;
  const name = own ?? textAt(param, 'name') ?? ref;

  return [{ name, input: isChild ? input : mapAt(param, 'input'), ...(isMap(inline) ? { inline } : {}) }];
}
