import type { Json } from '../../../../events/canonical-json.ts';
import { doubtsOf, type Language } from '../cel/doubts.ts';
import { nothing } from '../cel/make.ts';
import type { Cel } from '../cel/tree.ts';
import type { SourcePlace } from '../context.ts';
import { follow } from '../outputs.ts';
import { inputValue, resolve } from '../references.ts';
import type { Inputs } from '../script/statements.ts';
import { translateScript } from '../script/translate-script.ts';
import type { JsonMap } from '../source/parse-json.ts';
import { piecesOf, type Segment } from '../source/path.ts';
import { toTemplate } from '../templates.ts';
import { Untranslatable } from '../untranslatable.ts';

/** `$` of a script: the inputs of its task, without the script itself. */
export function scriptInputs(
  input: JsonMap,
  place: SourcePlace,
  beyond: Beyond = () => undefined,
): ScriptInputs {
  const values = Object.fromEntries(Object.entries(input).filter(([key]) => !scriptKeys.has(key)));
  const given = new Set<Cel>();
  const value = (json: JsonMap[string]): Cel =>
    inputValue(json, (text) => remembered(resolve(text, place), given));

  return {
    given,
    read: ([first, ...rest]) => {
      const name = first?.kind === 'name' ? first.name : '';
      const known = Object.hasOwn(values, name) ? values[name] : undefined;
      const found = beyond(name, rest);
      if (found !== undefined) return remembered(found, given);
      if (known === undefined) throw new Untranslatable(`"$.${name}" is not an input of the task`);
      return known === null ? nothing : follow(value(known), rest, place, name);
    },
    whole: () => value(values),
  };
}

/** `given`: the values that Conductor works out before the script runs. */
type ScriptInputs = Inputs & { readonly given: Set<Cel> };

function remembered(cel: Cel, given: Set<Cel>): Cel {
  if (cel.kind === 'member' || cel.kind === 'either') given.add(cel);

  return cel;
}

export type Beyond = (name: string, rest: readonly Segment[]) => Cel | undefined;

const scriptKeys = new Set(['expression', 'evaluatorType', 'scriptExpression', 'queryExpression']);

/** The value of a script, or the reason why it has to stay a script. */
export function tryScript(
  source: string,
  inputs: ScriptInputs,
  place: SourcePlace,
  options: { readonly replaces: boolean },
): { readonly ok: true; readonly value: Cel } | { readonly ok: false; readonly reason: string } {
  const refused = refusedBefore(place);
  if (refused !== undefined) return { ok: false, reason: refused };
  try {
    const value = translateScript(
      source,
      inputs,
      options.replaces ? (text) => remembered(resolve(text, place), inputs.given) : undefined,
    );
    reportDoubts([value], { language: 'javascript', given: inputs.given }, place);
    return { ok: true, value };
  } catch (error) {
    if (!(error instanceof Untranslatable)) throw error;
    return { ok: false, reason: error.message };
  }
}

/** Whether a text of Conductor is nothing but one reference. */
export function isReference(text: string): boolean {
  const [only, ...more] = piecesOf(text.trim());

  return only?.kind === 'reference' && more.length === 0;
}

/** Why the checker refused what the script of this task became, on an earlier attempt. */
export function refusedBefore({ scope, task }: SourcePlace): string | undefined {
  return task === undefined ? undefined : scope.context.refused.get(task.ref);
}

/** One warning for an expression, with all values for which it differs from what it was. */
export function reportDoubts(
  values: readonly Cel[],
  { language, given }: { readonly language: Language; readonly given: ReadonlySet<Cel> },
  { say }: SourcePlace,
): void {
  const doubts = [...new Set(values.flatMap((value) => doubtsOf(value, language, given)))];
  if (doubts.length === 0) return;
  say.warning(language === 'jq' ? 'jq' : 'JavaScript', `the same for most values, but: ${doubts.join('; ')}`);
}

/** The fields of a task that runs a script as it stands. Absent for what the action has no word for. */
export function evaluated(
  language: string,
  source: string,
  input: Json,
  place: SourcePlace,
): Readonly<Record<string, Json>> | undefined {
  const own = /^(?:javascript|graaljs)$/.test(language) ? 'javascript' : language === 'jq' ? 'jq' : undefined;
  // Conductor puts values into the text of a script itself, which would have to be done before it runs.
  if (own === undefined || source === '' || (source.includes('${') && !isReference(source))) return undefined;
  const expression = isReference(source) ? toTemplate(source, place) : source;

  return { uses: 'evaluate', input: { language: own, expression, input } };
}

/** The lines of a script, as a comment. */
export function scriptComment(kind: string, source: string): readonly string[] {
  return [
    `${kind} in Conductor:`,
    ...source
      .trim()
      .split('\n')
      .map((line) => `  ${line}`),
  ];
}
