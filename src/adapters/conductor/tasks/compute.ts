import { choice, listOf, member, nothing } from '../cel/make.ts';
import type { Cel } from '../cel/tree.ts';
import type { Results } from '../jq/results.ts';
import { translateJq } from '../jq/translate-jq.ts';
import { textAt } from '../source/json.ts';
import { piecesOf } from '../source/path.ts';
import { celTemplate, escaped, toTemplate } from '../templates.ts';
import { Untranslatable } from '../untranslatable.ts';
import { build, type Convert, type Converted, type Given, single } from './build.ts';
import {
  isReference,
  refusedBefore,
  reportDoubts,
  scriptComment,
  scriptInputs,
  tryScript,
} from './scripts.ts';
import { forAgent } from './simple.ts';

/** INLINE and LAMBDA: a script whose value becomes an expression. */
export const convertScript: Convert = (given) => {
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

function valueParam(given: Given, name: string): Converted {
  const { task, place } = given;
  const value = scriptInputs(task.input, place).read([{ kind: 'name', name }]);

  return computed(given, { result: value }, []);
}

/** JSON_JQ_TRANSFORM: the first result, and all of them. */
export const convertJq: Convert = (given) => {
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

/** What no expression can say waits for an agent that runs the script, and says so. */
function leftToAgent(given: Given, language: string, source: string, reason: string): Converted {
  const { task, place } = given;
  const skill = `conductor-${language.replace(/[^a-z0-9-]+/g, '-')}`;
  const became = `a SIMPLE task with requires: [${skill}]`;
  place.say.loss(task.type, `its expression cannot be translated: ${reason}`, { became });
  const known = ['expression', 'scriptExpression', 'queryExpression'];
  const others = Object.fromEntries(Object.entries(task.input).filter(([key]) => !known.includes(key)));
  const text = isReference(source) ? toTemplate(source, place) : escaped(source);
  const input = { ...(toTemplate(others, place) as Readonly<Record<string, never>>), expression: text };

  return forAgent(given, skill, { input, comments: source === '' ? [] : scriptComment(language, source) });
}
