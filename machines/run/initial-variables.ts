import type { Json } from '../../events/canonical-json.ts';
import type { Chart } from '../chart/chart.ts';
import type { CompiledExpression } from '../expressions/condition.ts';
import type { ExpressionError } from '../expressions/template.ts';
import { labelsMax, searchedCharactersMax, searchedText } from '../search-limits.ts';
import { render } from './render.ts';
import { newRun, type Run } from './run.ts';
import { scopeOf } from './scope.ts';

/** The variables a run starts with. They may read its input. */
export function initialVariables(
  chart: Chart,
  run: string,
  input: Readonly<Record<string, Json>>,
):
  | { readonly ok: true; readonly value: Record<string, Json> }
  | { readonly ok: false; readonly error: ExpressionError } {
  const rendered = render(begunWith(chart, run, input), chart.variables);
  if (!rendered.ok) return rendered;

  return { ok: true, value: rendered.value as Record<string, Json> };
}

/** What the runs that share a limit have in common; undefined where the definition sets no limit. */
export function concurrencyKey(
  chart: Chart,
  run: string,
  input: Readonly<Record<string, Json>>,
):
  | { readonly ok: true; readonly value: string | undefined }
  | { readonly ok: false; readonly error: ExpressionError } {
  if (chart.definition.concurrency === undefined) return { ok: true, value: undefined };
  if (chart.concurrencyKey === undefined) return { ok: true, value: chart.definition.id };
  const key = keyText(chart.concurrencyKey, begunWith(chart, run, input));

  return key.ok ? { ok: true, value: `${chart.definition.id}/${key.value}` } : key;
}

/** Whose the run is, where attempts take turns; undefined where the definition does not say. */
export function fairnessKey(
  chart: Chart,
  run: string,
  input: Readonly<Record<string, Json>>,
):
  | { readonly ok: true; readonly value: string | undefined }
  | { readonly ok: false; readonly error: ExpressionError } {
  if (chart.fairnessKey === undefined) return { ok: true, value: undefined };

  return keyText(chart.fairnessKey, begunWith(chart, run, input));
}

/** Whose the sealed values of the run are; undefined where the definition does not say. */
export function erasureSubject(
  chart: Chart,
  run: string,
  input: Readonly<Record<string, Json>>,
):
  | { readonly ok: true; readonly value: string | undefined }
  | { readonly ok: false; readonly error: ExpressionError } {
  if (chart.erasureKey === undefined) return { ok: true, value: undefined };
  const rendered = render(begunWith(chart, run, input), chart.erasureKey);
  if (!rendered.ok) return rendered;

  return { ok: true, value: textOf(rendered.value) };
}

type Named = { readonly businessKey?: string; readonly labels?: Readonly<Record<string, string>> };

/** What the run is called and found by, as its definition says it with the input; what is empty it does not have. */
export function searchNames(
  chart: Chart,
  run: string,
  input: Readonly<Record<string, Json>>,
):
  | { readonly ok: true; readonly value: Named }
  | { readonly ok: false; readonly error: { readonly code: string; readonly message: string } } {
  const begun = begunWith(chart, run, input);
  const made = chart.runLabels === undefined ? undefined : render(begun, chart.runLabels);
  if (made?.ok === false) return made;
  const key = chart.businessKey === undefined ? undefined : render(begun, chart.businessKey);
  if (key?.ok === false) return key;
  const labels: Record<string, string> = {};
  for (const [name, value] of labelsOf(chart, made?.value)) {
    const read = nameIn(value);
    if ('problem' in read) return unnamed('label.invalid', `the label ${name} ${read.problem}`);
    if (read.name !== undefined) labels[name] = searchedText(read.name);
  }
  const named = nameIn(key?.value ?? null);
  if ('problem' in named) return unnamed('key.invalid', `the key of the run ${named.problem}`);
  if (named.name !== undefined && named.name.length > searchedCharactersMax)
    return unnamed('key.invalid', `the key of the run is longer than ${searchedCharactersMax} characters`);

  return {
    ok: true,
    value: {
      ...(named.name === undefined ? {} : { businessKey: named.name }),
      ...(Object.keys(labels).length === 0 ? {} : { labels }),
    },
  };
}

function labelsOf({ definition }: Chart, made: Json = {}): readonly (readonly [string, Json])[] {
  const all = { ...definition.labels, ...(made as Readonly<Record<string, Json>>) };

  return Object.entries(all).slice(0, labelsMax);
}

function unnamed(code: string, message: string) {
  return { ok: false, error: { code, message } } as const;
}

/** A text, or a number or a truth as one, in one line; nothing where an expression gives nothing. */
function nameIn(value: Json): { readonly name: string | undefined } | { readonly problem: string } {
  if (typeof value === 'object' && value !== null)
    return {
      problem: `is ${Array.isArray(value) ? 'a list' : 'a mapping'}, and has to be a text, a number or a truth`,
    };
  // Lists show it in a line.
  const name =
    value === null
      ? ''
      : textOf(value)
          .replace(/[\s\p{Cc}\p{Cf}]+/gu, ' ')
          .trim();

  return { name: name === '' ? undefined : name };
}

function keyText(key: CompiledExpression, run: Run) {
  const rendered = key.render(scopeOf(run, key.references));
  if (!rendered.ok) return rendered;

  return { ok: true, value: textOf(rendered.value) } as const;
}

function textOf(value: Json): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function begunWith(chart: Chart, run: string, input: Readonly<Record<string, Json>>): Run {
  const fresh = newRun(chart);

  return { ...fresh, state: { ...fresh.state, run, input } };
}
