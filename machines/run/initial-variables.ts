import type { Json } from '../../events/canonical-json.ts';
import type { Chart } from '../chart/chart.ts';
import type { CompiledExpression } from '../expressions/condition.ts';
import type { ExpressionError } from '../expressions/template.ts';
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
