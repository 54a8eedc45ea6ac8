import type { Json } from '../../../../events/canonical-json.ts';
import { innerScope } from '../context.ts';
import { resolve } from '../references.ts';
import { textAt } from '../source/parse-json.ts';
import { type ConductorTask, casesOf, defaultOf } from '../source/task.ts';
import { conditionText, escaped, toTemplate } from '../templates.ts';
import { Untranslatable } from '../untranslatable.ts';
import type { Emitted } from '../write-yaml.ts';
import { build, type Convert, type Converted, type Given, reportUnusedPolicies } from './build.ts';
import { evaluated, isReference, scriptComment, scriptInputs, tryScript } from './scripts.ts';

/** SWITCH and DECISION: the cases name the first tasks of their lists, which stand beside the decision. */
export const convertDecision: Convert = (given) => {
  const { task, place, scope } = given;
  reportUnusedPolicies(task, place);
  const param = paramOf(given);
  const after = param.before === undefined ? given.after : [param.before.id];
  const before = param.before?.id ?? given.before;
  scope.visible.add(task.ref);
  scope.certain.add(task.ref);
  const cases = casesOf(task).map(({ key, tasks }) => ({ key, ...convertCase(tasks, given) }));
  const otherwise = defaultOf(task).length === 0 ? undefined : convertCase(defaultOf(task), given);
  for (const { inner } of [...cases, ...(otherwise === undefined ? [] : [otherwise])]) {
    for (const ref of inner.visible) scope.visible.add(ref);
  }
  const decision = build({ ...given, after, before }, 'DECISION', {
    fields: {
      decision_param: param.text,
      decision_cases: Object.fromEntries(cases.map(({ key, converted }) => [key, nextOf(converted)])),
      default: otherwise === undefined ? undefined : firstOf(otherwise.converted),
    },
    comments: param.comments,
  });
  const all = [...cases, ...(otherwise === undefined ? [] : [otherwise])].map(({ converted }) => converted);

  return {
    emitted: [
      ...(param.before === undefined ? [] : [param.before]),
      decision,
      ...all.flatMap(({ emitted }) => emitted),
    ],
    exits: [...(otherwise === undefined ? [given.id] : []), ...all.flatMap(({ exits }) => exits)],
    ends: otherwise !== undefined && all.every(({ ends }) => ends),
  };
};

function convertCase(tasks: readonly ConductorTask[], { scope, id, convertList }: Given) {
  const inner = innerScope(scope);
  // In a branch a task without dependencies waits for the one before it, which may be one of another case.
  const after = scope.list === 'branch' ? [id] : [];

  return { inner, converted: convertList(tasks, inner, { after, before: undefined }) };
}

function nextOf(converted: Converted): Json {
  return { next: firstOf(converted) };
}

function firstOf({ emitted }: Converted): string {
  return emitted[0]?.id ?? '';
}

type Param = { readonly text: string; readonly comments: readonly string[]; readonly before?: Emitted };

/** The value that selects a case. A script that cannot be translated becomes a task before the decision. */
function paramOf(given: Given): Param {
  const { task, place } = given;
  const name = textAt(task.raw, 'caseValueParam');
  const evaluator = textAt(task.raw, 'evaluatorType') ?? 'value-param';
  const script =
    textAt(task.raw, 'caseExpression') ??
    (name === undefined && task.type === 'DECISION' ? textAt(task.raw, 'expression') : undefined);
  const expression = textAt(task.raw, 'expression') ?? textAt(task.input, 'expression');
  if (script === undefined && (name !== undefined || evaluator === 'value-param')) {
    return valueParam(given, name ?? expression ?? '');
  }
  const source = script ?? expression ?? '';
  const comments = scriptComment('JavaScript', source);
  const translated = tryScript(source, scriptInputs(task.input, place), place, { replaces: false });
  if (!translated.ok) return leftToAgent(given, source, translated.reason);
  try {
    return { text: conditionText(translated.value), comments };
  } catch (error) {
    if (!(error instanceof Untranslatable)) throw error;
    return leftToAgent(given, source, error.message);
  }
}

function valueParam({ task, place }: Given, name: string): Param {
  if (isReference(name))
    return { text: conditionText(resolve(name.trim().slice(2, -1), place)), comments: [] };
  if (!Object.hasOwn(task.input, name)) {
    place.say.warning(
      'expression',
      `"${name}" is not an input of the task, so that Conductor always takes the default`,
      { became: 'decision_param: "null"' },
    );
    return { text: 'null', comments: [] };
  }
  try {
    return {
      text: conditionText(scriptInputs(task.input, place).read([{ kind: 'name', name }])),
      comments: [],
    };
  } catch (error) {
    if (!(error instanceof Untranslatable)) throw error;
    place.say.loss('expression', error.message, { became: 'decision_param: "null"' });
    return { text: 'null', comments: [] };
  }
}

function leftToAgent(given: Given, source: string, reason: string): Param {
  const { task, place, scope } = given;
  const id = scope.context.claimId(`${given.id}_expression`);
  const inputs = toTemplate(task.input, place) as Readonly<Record<string, Json>>;
  const run = evaluated('javascript', source, inputs, place);
  const text = `${id}.output.?result.orValue(null)`;
  if (run !== undefined) {
    place.say.info(task.type, `its script runs as it stands: ${reason}`, {
      became: `the task "${id}" with uses: evaluate`,
    });
    return { text, comments: [], before: build(given, 'SIMPLE', { id, fields: run }) };
  }
  const skill = 'conductor-javascript';
  place.say.loss(task.type, `its expression cannot be translated: ${reason}`, {
    became: `the task "${id}" with requires: [${skill}]`,
  });
  const before = build(given, 'SIMPLE', {
    id,
    fields: { requires: [skill], input: { ...inputs, expression: escaped(source) } },
    comments: scriptComment('JavaScript', source),
  });

  return { text, comments: [], before };
}
