import { canonicalJson, type Json } from '../../events/canonical-json.ts';
import type { DefinitionRef } from '../../events/run-events.ts';
import type { Definition } from '../definition.ts';
import { sha256Hex } from '../hash.ts';
import { buildOutline } from './build-outline.ts';
import { checkWorld } from './check-world.ts';
import {
  adviseCancelling,
  adviseDecisions,
  adviseEffects,
  adviseLoops,
  adviseLosers,
  adviseOutputs,
  adviseRecursion,
  adviseTriggers,
} from './checks/advice.ts';
import { checkChanges } from './checks/change-rules.ts';
import { checkChoices } from './checks/choices.ts';
import { checkCycles } from './checks/cycles.ts';
import { checkExamples } from './checks/examples.ts';
import { checkExpressions } from './checks/expressions.ts';
import { checkInputs } from './checks/inputs.ts';
import { adviseForeignExpressions, checkMisplacedExpressions } from './checks/misplaced-expressions.ts';
import { adviseSameFiles, checkOutputPaths, checkWorkflowOutput } from './checks/output-paths.ts';
import { checkPresence } from './checks/presence.ts';
import { checkIds, checkReferences } from './checks/references.ts';
import { checkSealing } from './checks/sealing.ts';
import { checkSearchTerms } from './checks/search-terms.ts';
import { checkStandbys } from './checks/standbys.ts';
import { checkStarting } from './checks/starting.ts';
import { checkStratos } from './checks/stratos.ts';
import { checkSignals, checkTaskRules } from './checks/task-rules.ts';
import { checkTriggerEvents } from './checks/trigger-events.ts';
import { checkTriggers } from './checks/triggers.ts';
import { type Finding, locate } from './finding.ts';
import { isMapping } from './mapping.ts';
import type { Outline } from './outline.ts';
import { orderProblems, type Problem } from './problem.ts';
import { kindOf, unknownKey } from './schema/shapes.ts';
import { pinSchemas, type SchemaFiles } from './text/pinned-schemas.ts';
import { readSource, type SourceText } from './text/source-text.ts';
import { concurrencyFindings, mapping } from './text/spellings.ts';
import type { YamlNode } from './text/yaml-node.ts';
import { readYaml } from './text/yaml-reader.ts';
import { compileWorkset, worksetIn } from './workset.ts';
import type { KnownWorld } from './world/world.ts';

/** What is known of the failure, besides the input of the run that failed. */
const told = ['error', 'original_run_id', 'failed_task'];

/** The same, given to steps that read it: texts without it stay what they were when they were registered. */
const toldToReaders = ['original_input', 'original_outputs'];

const surroundings: ReadonlySet<string> = new Set([
  'depends_on',
  'parallel_with',
  'join',
  'when',
  'fallback',
  'catch',
  'compensate',
]);

/**
 * A definition that passed every check. `text` is the file as it was written, without a byte order mark, and with its
 * schema files in it.
 */
export type LoadedDefinition = {
  readonly definition: Definition;
  /** The hash is that of the parsed YAML, so that comments and layout do not change it. */
  readonly ref: DefinitionRef;
  readonly text: string;
  /** The text of the definition of its failure workflow, where that is written out inside of it. */
  readonly failureText?: string;
  /** The decoration around the YAML, for showing it again. */
  readonly banner: string;
};

type LoadOptions = {
  readonly file: string;
  readonly content: Uint8Array | string;
  /** It was registered by some release: its runs go on, whatever later checks would say of it. */
  readonly isAccepted?: boolean;
  /** What is around it. Without one only the definition itself is checked: a stored one has to load anywhere. */
  readonly world?: KnownWorld | undefined;
  /** The files that its receipts name as their schemas: each is put in the place of its name. */
  readonly schemas?: SchemaFiles | undefined;
};

type LoadResult =
  | {
      readonly ok: true;
      readonly loaded: LoadedDefinition;
      readonly warnings: readonly Problem[];
      /** What does not fit in the world, errors and warnings: it loads all the same. */
      readonly misfits: readonly Problem[];
    }
  | { readonly ok: false; readonly problems: readonly Problem[] };

/** A YAML or JSON text becomes a checked definition, or the list of everything that is wrong with it. Never throws. */
export function loadDefinition(options: LoadOptions): LoadResult {
  const read = readSource(options);
  if (!read.ok) return { ok: false, problems: [read.problem] };
  const { source } = read;
  const yaml = readYaml(source);
  if (!yaml.ok) return { ok: false, problems: orderProblems(yaml.problems) };

  const pinned = readPinned(yaml.root, { text: source.text, schemas: options.schemas });
  const { raw, place } = pinned;
  const { definition, findings, outline } = check(raw, options.isAccepted === true);
  const located = unrepeated(source, yaml.root, [...pinned.findings, ...findings.map(place)]);
  const problems = orderProblems([...yaml.problems, ...located, ...tooLarge(pinned.text, source)]);
  const { world } = options;
  const misfits =
    world === undefined || outline === undefined
      ? []
      : unrepeated(source, yaml.root, checkWorld(outline, world).map(place));
  if (definition === undefined || problems.some((problem) => problem.severity === 'error')) {
    return { ok: false, problems: orderProblems([...problems, ...misfits]) };
  }
  const failureText = failureDefinition(raw);
  const unfit =
    failureText === undefined ? [] : failureFindings({ ...options, content: failureText, world: undefined });
  if (unfit.length > 0) {
    return { ok: false, problems: orderProblems([...problems, ...unrepeated(source, yaml.root, unfit)]) };
  }

  return {
    ok: true,
    loaded: {
      definition,
      ref: { id: definition.id, version: definition.version, hash: hashOf(raw) },
      text: pinned.text,
      banner: source.banner,
      ...(failureText === undefined ? {} : { failureText }),
    },
    warnings: problems,
    misfits: orderProblems(misfits),
  };
}

/** What is stored of a registered definition; undefined where nothing is, or where it cannot be read any more. */
export function loadRegistered(
  stored: { readonly file: string; readonly text: string } | undefined,
): LoadedDefinition | undefined {
  if (stored === undefined) return undefined;
  const result = loadDefinition({ file: stored.file, content: stored.text, isAccepted: true });

  return result.ok ? result.loaded : undefined;
}

/** What is read instead of what was written: schemas in the place of their files, the definition of a workset. */
function readPinned(root: YamlNode, { text, schemas }: { text: string; schemas: SchemaFiles | undefined }) {
  const pinned = pinSchemas(root, text, schemas);
  const workset = worksetIn(pinned.raw);
  if (workset === undefined) return { ...pinned, place: (finding: Finding) => finding };
  const compiled = compileWorkset(workset, pinned.raw);

  return {
    ...compiled,
    place: ({ within: _ofOtherText, first, ...finding }: Finding): Finding => ({
      ...finding,
      path: compiled.place(finding.path),
      ...(first === undefined ? {} : { first: compiled.place(first) }),
    }),
  };
}

/** With its schemas in it a definition has to be one that can be read again. */
function tooLarge(text: string, { file, text: written }: SourceText): readonly Problem[] {
  const read = text === written ? undefined : readSource({ file, content: text });

  return read?.ok === false ? [read.problem] : [];
}

/** The steps of a failure workflow are a run of their own, in which not all is known that their tasks may read here. */
function failureFindings(options: Parameters<typeof loadDefinition>[0]): readonly Finding[] {
  const result = loadDefinition(options);
  const path = ['workflow', 'failure_workflow'];

  // What went wrong is told to it by the engine: it is never left out, as it could be of a run that a person starts.
  // Whether a task of the run had completed by then is another matter.
  const counts = ({ severity, code, message }: Problem) =>
    severity === 'error' && (code !== 'definition.may-be-absent' || message.includes('.original_outputs.'));

  return (result.ok ? [] : result.problems.filter(counts)).map(({ code, message, path: place }) => ({
    code,
    message: `as a run of its own, ${place}: ${message}`,
    path,
  }));
}

/** The outline is left out where parts of the text could not be read. */
function check(
  raw: Json,
  isAccepted: boolean,
): {
  readonly definition?: Definition;
  readonly findings: readonly Finding[];
  readonly outline?: Outline;
} {
  if (!isMapping(raw)) {
    const message = `expected a mapping with the key "workflow", found ${kindOf(raw)}`;
    return { findings: [{ code: 'definition.not-a-mapping', message, path: [] }] };
  }
  const findings = rootFindings(raw);
  const workflow = raw['workflow'];
  if (!isMapping(workflow)) return { findings };
  const outline = buildOutline(workflow, (...more) => findings.push(...more));
  findings.push(...concurrencyFindings(workflow));
  // Without its tasks whatever names one of them would be told, too.
  if (outline === undefined || !Array.isArray(workflow['tasks'])) return { findings };
  const readable = !findings.some(isError);
  findings.push(...checkOutline(outline, { readable, isAccepted }));
  const counts = ({ sinceAccepted }: Finding) => !isAccepted || sinceAccepted !== true;

  return {
    definition: outline.definition,
    findings: findings.filter(counts),
    ...(readable ? { outline } : {}),
  };
}

function rootFindings(raw: Readonly<Record<string, Json>>): Finding[] {
  const findings: Finding[] = Object.keys(raw)
    .filter((key) => key !== 'workflow')
    .map((key) => ({
      code: 'definition.unknown-key',
      message: unknownKey(key, ['workflow']),
      path: [key],
      at: 'key',
    }));
  const workflow = raw['workflow'];
  if (workflow === undefined && raw['id'] !== undefined && raw['tasks'] !== undefined) {
    const message =
      'the key "workflow" is missing: put "workflow:" on the first line and indent what follows';
    return [{ code: 'definition.missing-workflow', message, path: [] }];
  }
  if (workflow === undefined && !findings.some((finding) => finding.message.includes('did you mean'))) {
    const message = 'the key "workflow" is missing at the top of the file';
    findings.push({ code: 'definition.missing-workflow', message, path: [] });
  } else if (workflow !== undefined && !isMapping(workflow)) {
    const message = `expected a mapping with id, version and tasks, found ${kindOf(workflow)}`;
    findings.push({ code: 'definition.wrong-type', message, path: ['workflow'] });
  }

  return findings;
}

/** Findings with their places, each once: an alias lets one place be found wrong over several paths. */
function unrepeated(source: SourceText, root: YamlNode, findings: readonly Finding[]): readonly Problem[] {
  const problems = new Map<string, Problem>();
  for (const finding of findings) {
    const problem = locate(source, root, finding);
    const key = `${problem.line}:${problem.column}:${problem.code}:${problem.message}`;
    if (!problems.has(key)) problems.set(key, problem);
  }

  return [...problems.values()];
}

function hashOf(raw: Json): string {
  return sha256Hex(canonicalJson(isMapping(raw) ? raw['workflow'] : raw));
}

function isError(finding: Finding): boolean {
  return finding.severity !== 'warning';
}

/**
 * Runs all checks over a definition. `readable` says that everything in the text could be read: otherwise only what
 * is certain all the same is reported, and no advice is given. What was accepted before is not looked at for absence.
 */
function checkOutline(
  outline: Outline,
  { readable, isAccepted }: { readonly readable: boolean; readonly isAccepted: boolean },
): readonly Finding[] {
  const ids = checkIds(outline);
  // So many tasks are no definition; to say more about them would only take time.
  if (ids.some((finding) => finding.code === 'definition.too-many-tasks')) return ids;
  const linked = [...ids, ...checkReferences(outline), ...checkCycles(outline)];
  const sound = readable && linked.length === 0;
  const findings = [
    ...linked,
    ...checkExpressions(outline, { order: sound }),
    ...checkTriggerEvents(outline),
    ...checkOutputPaths(outline),
    ...(readable ? checkKeys(outline) : []),
    ...(sound ? [...checkStandbys(outline), ...checkStarting(outline), ...checkWorkflowOutput(outline)] : []),
  ];
  if (!readable || findings.some((finding) => finding.severity !== 'warning')) return findings;

  return [
    ...findings,
    ...(isAccepted ? [] : checkPresence(outline)),
    ...checkSealing(outline),
    ...adviseDecisions(outline),
    ...adviseOutputs(outline),
    ...adviseEffects(outline),
    ...adviseLoops(outline),
    ...adviseLosers(outline),
    ...adviseForeignExpressions(outline),
    ...adviseSameFiles(outline),
    ...adviseRecursion(outline),
    ...adviseTriggers(outline),
    ...adviseCancelling(outline),
  ];
}

function checkKeys(outline: Outline): readonly Finding[] {
  return [
    ...checkTaskRules(outline),
    ...checkChanges(outline),
    ...checkStratos(outline),
    ...checkChoices(outline),
    ...checkMisplacedExpressions(outline),
    ...checkSignals(outline),
    ...checkInputs(outline),
    ...checkSearchTerms(outline),
    ...checkExamples(outline),
    ...checkTriggers(outline),
  ];
}

type Members = Readonly<Record<string, Json>>;

/**
 * The definition, as JSON text, of a failure workflow that is written out inside of another definition: its steps in
 * sequence. A step that is only named is the task of that name, or else carried out by an agent with a skill of that
 * name. `parsed` is the text of the whole definition, parsed; undefined where it holds no such workflow.
 */
function failureDefinition(parsed: Json): string | undefined {
  const workflow = member(parsed, 'workflow');
  const failure = member(workflow, 'failure_workflow');
  const steps = member(failure, 'steps');
  const id = member(failure, 'id');
  const stratos = member(workflow, 'stratos');
  const isSealed = /"(?:pii":true|payloads":"sealed")/.test(canonicalJson(workflow ?? null));
  if (!Array.isArray(steps) || typeof id !== 'string') return undefined;

  return canonicalJson({
    workflow: {
      id,
      name: `failure of ${String(member(workflow, 'id'))}`,
      version: member(workflow, 'version') ?? 1,
      ...(stratos === undefined ? {} : { stratos }),
      // It is given what the run had, and what became of it.
      ...(isSealed ? { payloads: 'sealed' } : {}),
      input: { optional: inputsOf(workflow, steps).map((name) => ({ [name]: null })) },
      tasks: inSequence(steps, listOf(member(workflow, 'tasks')).map(mapping)),
    },
  });
}

function inputsOf(workflow: Json | undefined, steps: readonly Json[]): readonly string[] {
  const text = canonicalJson(steps);
  const read = toldToReaders.filter((name) => text.includes(name));
  const input = member(workflow, 'input');
  const required = listOf(member(input, 'required')).flatMap((each) =>
    typeof each === 'string' ? [each] : [],
  );
  const optional = listOf(member(input, 'optional')).flatMap((each) =>
    typeof each === 'string' ? [each] : Object.keys(mapping(each)),
  );
  const typed = Object.keys(mapping(member(input, 'properties')));

  return [...new Set([...required, ...optional, ...typed, ...told, ...read])];
}

function inSequence(steps: readonly Json[], main: readonly Members[]): readonly Json[] {
  const tasks = steps.map((step) => (typeof step === 'string' ? named(step, main) : mapping(step)));

  return tasks.map((task, index) => {
    const before = tasks[index - 1]?.['id'];
    const follows = before === undefined || 'depends_on' in task || 'parallel_with' in task;
    return follows ? task : { ...task, depends_on: before };
  });
}

/** A step may name a task of the definition: it is carried out in the same way, out of its old surroundings. */
function named(id: string, main: readonly Members[]): Members {
  const listed = main.find((task) => task['id'] === id);
  if (listed === undefined) return { id };

  return Object.fromEntries(Object.entries(listed).filter(([key]) => !surroundings.has(key)));
}

function listOf(value: Json | undefined): readonly Json[] {
  return Array.isArray(value) ? value : [];
}

function member(value: Json | undefined, key: string): Json | undefined {
  return mapping(value)[key];
}
