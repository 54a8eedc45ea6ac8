import type { Json } from '../../../../events/canonical-json.ts';
import { formatDuration } from '../../../../machines/language/duration.ts';
import { choice, listOf, member, nothing } from '../cel/make.ts';
import type { Cel } from '../cel/tree.ts';
import type { ExpressionScope } from '../context.ts';
import type { Results } from '../jq/results.ts';
import { translateJq } from '../jq/translate-jq.ts';
import { isMap, isUnset, numberAt, textAt } from '../source/parse-json.ts';
import { piecesOf } from '../source/path.ts';
import { type ConductorTask, withInner } from '../source/task.ts';
import { celTemplate, escaped, toTemplate } from '../templates.ts';
import { Untranslatable } from '../untranslatable.ts';
import {
  build,
  type Convert,
  type Converted,
  type ConvertList,
  type Given,
  placeOf,
  reportFields,
  reportUnusedPolicies,
  single,
} from './build.ts';
import { convertDecision } from './decision.ts';
import { convertDynamicFork, convertFork } from './dynamic-fork.ts';
import { convertEvent } from './event.ts';
import { convertHttp } from './http.ts';
import { convertExclusiveJoin, convertJoin } from './join.ts';
import { convertLoop } from './loop.ts';
import {
  evaluated,
  isReference,
  refusedBefore,
  reportDoubts,
  scriptComment,
  scriptInputs,
  tryScript,
} from './scripts.ts';
import { convertDynamic, convertOther, convertSimple, forAgent } from './simple.ts';
import { convertStartWorkflow, convertSubWorkflow } from './sub-workflow.ts';
import { convertHuman, convertWait } from './wait.ts';

const convertNoop: Convert = (given) => {
  reportUnusedPolicies(given.task, given.place);

  return single(build(given, 'NOOP', {}));
};

const convertSetVariable: Convert = (given) => {
  const { task, place, scope } = given;
  reportUnusedPolicies(task, place);
  if (isUnset(task.input)) {
    place.say.info('SET_VARIABLE', 'it sets no variable', { became: 'NOOP' });
    return single(build(given, 'NOOP', {}));
  }
  for (const name of Object.keys(task.input)) scope.context.variable(name);

  return single(build(given, 'SET_VARIABLE', { fields: { variables: toTemplate(task.input, place) } }));
};

/** TERMINATE: nothing comes after it. */
const convertTerminate: Convert = (given) => {
  const { task, place } = given;
  reportUnusedPolicies(task, place);
  const written = textAt(task.input, 'terminationStatus') ?? 'COMPLETED';
  const statuses = ['COMPLETED', 'FAILED', 'TERMINATED'];
  const status = statuses.find((each) => each === written.toUpperCase()) ?? 'FAILED';
  if (written.includes('${')) {
    place.say.loss('terminationStatus', `the status is worked out at run time (${written})`, {
      became: 'FAILED',
    });
  } else if (!statuses.includes(written.toUpperCase())) {
    place.say.warning('terminationStatus', `"${written}": a TERMINATE ends a run ${statuses.join(', ')}`, {
      became: 'FAILED',
    });
  }
  const reason = textAt(task.input, 'terminationReason');
  const rendered = reason === undefined ? undefined : toTemplate(reason, place);
  const emitted = build(given, 'TERMINATE', {
    fields: {
      status,
      reason: typeof rendered === 'string' && rendered.trim() !== '' ? rendered : undefined,
      output: outputOf(task.input['workflowOutput'], given),
    },
  });
  for (const key of Object.keys(task.input)) {
    if (!['terminationStatus', 'terminationReason', 'workflowOutput'].includes(key)) {
      place.say.info(`inputParameters.${key}`, 'a TERMINATE reads no such input');
    }
  }

  return { emitted: [emitted], exits: [emitted.id], ends: true };
};

/** INLINE and LAMBDA: a script whose value becomes an expression. */
const convertScript: Convert = (given) => {
  const { task, place } = given;
  const source =
    textAt(task.input, 'expression') ??
    textAt(task.input, 'scriptExpression') ??
    textAt(task.raw, 'expression') ??
    textAt(task.raw, 'scriptExpression');
  if (source === undefined) return leftToAgent(given, 'javascript', '', 'the task has no expression');
  const evaluator = (
    textAt(task.input, 'evaluatorType') ??
    textAt(task.raw, 'evaluatorType') ??
    'javascript'
  ).toLowerCase();
  if (evaluator === 'value-param') return valueParam(given, source);
  if (!/^(javascript|graaljs|js|nashorn)$/.test(evaluator)) {
    return leftToAgent(given, evaluator, source, `scripts of "${evaluator}" are not translated`);
  }
  if (isReference(source)) {
    return leftToAgent(given, 'javascript', source, 'the script itself comes out of the data of the run');
  }
  const script = tryScript(source, scriptInputs(task.input, place), place, { replaces: true });
  if (!script.ok) return leftToAgent(given, 'javascript', source, script.reason);

  return computed(given, { result: script.value }, scriptComment('JavaScript', source));
};

/** JSON_JQ_TRANSFORM: the first result, and all of them. */
const convertJq: Convert = (given) => {
  const { task, place } = given;
  const source = textAt(task.input, 'queryExpression') ?? textAt(task.raw, 'queryExpression');
  if (source === undefined) return leftToAgent(given, 'jq', '', 'the task has no queryExpression');
  if (piecesOf(source).some(({ kind }) => kind === 'reference')) {
    return leftToAgent(given, 'jq', source, 'the filter itself comes out of the data of the run');
  }
  const refused = refusedBefore(place);
  if (refused !== undefined) return leftToAgent(given, 'jq', source, refused);
  try {
    const inputs = scriptInputs(task.input, place);
    const outputs = outputsOf(translateJq(source, inputs.whole()));
    if (/\bkeys\b/.test(source))
      place.say.warning('keys', 'keys come in the order of the object; jq sorts them');
    const own = outputs['resultList'] ?? nothing;
    reportDoubts([own], { language: 'jq', given: inputs.given }, place);
    return computed(given, outputs, scriptComment('jq', source));
  } catch (error) {
    if (!(error instanceof Untranslatable)) throw error;
    return leftToAgent(given, 'jq', source, error.message);
  }
};

const conversions: ReadonlyMap<string, Convert> = new Map([
  ['SIMPLE', convertSimple],
  ['DYNAMIC', convertDynamic],
  ['SWITCH', convertDecision],
  ['DECISION', convertDecision],
  ['FORK_JOIN', convertFork],
  ['FORK', convertFork],
  ['FORK_JOIN_DYNAMIC', convertDynamicFork],
  ['JOIN', convertJoin],
  ['EXCLUSIVE_JOIN', convertExclusiveJoin],
  ['DO_WHILE', convertLoop],
  ['WHILE', convertLoop],
  ['SUB_WORKFLOW', convertSubWorkflow],
  ['START_WORKFLOW', convertStartWorkflow],
  ['WAIT', convertWait],
  ['HUMAN', convertHuman],
  ['EVENT', convertEvent],
  ['HTTP', convertHttp],
  ['SET_VARIABLE', convertSetVariable],
  ['TERMINATE', convertTerminate],
  ['INLINE', convertScript],
  ['LAMBDA', convertScript],
  ['JSON_JQ_TRANSFORM', convertJq],
  ['NOOP', convertNoop],
]);

/** A list of Conductor is a sequence: each task waits for the ways out of the one before it. */
export const convertList: ConvertList = (tasks, scope, start) => {
  let [after, before] = [start.after, start.before];
  let previous: ConductorTask | undefined;
  const emitted: Converted['emitted'][number][] = [];
  for (const [index, task] of tasks.entries()) {
    const converted = convertTask({ task, scope, after, before, previous });
    emitted.push(...converted.emitted);
    after = converted.exits;
    before = converted.emitted.length === 1 ? converted.emitted[0]?.id : undefined;
    previous = task;
    if (converted.ends) {
      reportUnreachable(tasks.slice(index + 1), scope);
      return { emitted, exits: after, ends: true };
    }
  }

  return { emitted, exits: after, ends: false };
};

type Next = Pick<Given, 'task' | 'scope' | 'after' | 'before' | 'previous'>;

function convertTask(next: Next): Converted {
  const { task, scope } = next;
  const place = placeOf(task, scope);
  const id = scope.context.ids.get(task.ref) ?? task.ref;
  const given: Given = { ...next, id, place, convertList };
  reportFields(task, place);
  const delay = delayBefore(given);
  const late = delay === undefined ? given : { ...given, after: delay.exits, before: delay.exits[0] };
  const converted = attempted(conversions.get(task.type) ?? convertOther, late);
  scope.visible.add(task.ref);
  scope.reach.add(task.ref);
  if (task.raw['optional'] !== true) scope.certain.add(task.ref);

  return delay === undefined
    ? converted
    : { ...converted, emitted: [...delay.emitted, ...converted.emitted] };
}

/** Whatever of a task cannot be said, the task itself stays: an agent has to do it. */
function attempted(convert: Convert, given: Given): Converted {
  try {
    return convert(given);
  } catch (error) {
    if (!(error instanceof Untranslatable)) throw error;
    const { task, place } = given;
    place.say.loss(task.type, `it cannot be translated: ${error.message}`, {
      became: `requires: [${task.type}]`,
    });
    return forAgent(given, task.type);
  }
}

/** `startDelay`: a wait of its own before the task. */
function delayBefore(given: Given): Converted | undefined {
  const delay = numberAt(given.task.raw, 'startDelay') ?? 0;
  if (delay <= 0) return undefined;
  const id = given.scope.context.claimId(`${given.id}_delay`);
  given.place.say.info('startDelay', 'the delay is a WAIT before the task', { became: id });
  const wait = build(given, 'WAIT', { id, fields: { duration: formatDuration(delay * 1000) } });

  return { emitted: [wait], exits: [id], ends: false };
}

function reportUnreachable(tasks: readonly ConductorTask[], scope: ExpressionScope): void {
  for (const task of tasks.flatMap(withInner)) {
    placeOf(task, scope).say.warning(
      task.type,
      'it can never be reached: every way to it ends the run before, so that it is left out',
    );
  }
}

function valueParam(given: Given, name: string): Converted {
  const { task, place } = given;
  const value = scriptInputs(task.input, place).read([{ kind: 'name', name }]);

  return computed(given, { result: value }, []);
}

function outputsOf(results: Results): Readonly<Record<string, Cel>> {
  if (results.kind === 'many') return { result: member(results.list, 0), resultList: results.list };
  const { value, when } = results;
  if (when === undefined) return { result: value, resultList: listOf([value]) };

  return { result: choice(when, value, nothing), resultList: choice(when, listOf([value]), listOf([])) };
}

function computed(
  given: Given,
  values: Readonly<Record<string, Cel>>,
  comments: readonly string[],
): Converted {
  const { task, place } = given;
  try {
    const output = Object.fromEntries(
      Object.entries(values).map(([name, value]) => [name, celTemplate(value)]),
    );
    if (task.raw['optional'] === true)
      place.say.info('optional', 'kept: a value that cannot be worked out does not stop the run');
    const optional = task.raw['optional'] === true ? true : undefined;
    return single(build(given, 'TRANSFORM', { fields: { output, optional }, comments }));
  } catch (error) {
    if (!(error instanceof Untranslatable)) throw error;
    const source = comments.slice(1).join('\n');
    return leftToAgent(given, task.type === 'JSON_JQ_TRANSFORM' ? 'jq' : 'javascript', source, error.message);
  }
}

/** What no expression can say runs as it stands, or waits for an agent that runs the script, and says so. */
function leftToAgent(given: Given, language: string, source: string, reason: string): Converted {
  const { task, place } = given;
  const known = ['expression', 'scriptExpression', 'queryExpression'];
  const others = Object.fromEntries(Object.entries(task.input).filter(([key]) => !known.includes(key)));
  const inputs = toTemplate(others, place) as Readonly<Record<string, never>>;
  const run = evaluated(language, source, inputs, place);
  if (run !== undefined) {
    place.say.info(task.type, `its script runs as it stands: ${reason}`, { became: 'uses: evaluate' });
    const all = language === 'jq' ? { resultList: '${result.results}' } : {};
    const output = { result: '${result.result}', ...all };
    const optional = task.raw['optional'] === true ? true : undefined;
    return single(build(given, 'SIMPLE', { fields: { ...run, output, optional } }));
  }
  const skill = `conductor-${language.replace(/[^a-z0-9-]+/g, '-')}`;
  const became = `a SIMPLE task with requires: [${skill}]`;
  place.say.loss(task.type, `its expression cannot be translated: ${reason}`, { became });
  const text = isReference(source) ? toTemplate(source, place) : escaped(source);
  const input = { ...inputs, expression: text };

  return forAgent(given, skill, { input, comments: source === '' ? [] : scriptComment(language, source) });
}

/** The output of a run is a map here. */
function outputOf(output: Json | undefined, { place }: Parameters<Convert>[0]): Json | undefined {
  if (output === undefined || isUnset(output)) return undefined;
  if (isMap(output)) return toTemplate(output, place);
  place.say.warning('workflowOutput', 'the output of a run is a map here, so that the value has a name', {
    became: 'output: {result: ...}',
  });

  return { result: toTemplate(output, place) };
}
