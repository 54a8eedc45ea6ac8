import { type Chart, compileChart } from '../chart/chart.ts';
import { loadDefinition } from '../language/load-definition.ts';
import type { ReadRecord } from '../run/record/fold.ts';
import { type AuditProblem, quoted } from './check-records.ts';
import type { RunExport } from './export-format.ts';

type Definition = RunExport['definitions'][number];

/** The charts of the definitions that are what their references say, by hash, and what is wrong with the rest. */
export function checkDefinitions(
  { definitions }: RunExport,
  records: readonly ReadRecord[],
): { readonly charts: ReadonlyMap<string, Chart>; readonly problems: readonly AuditProblem[] } {
  const charts = new Map<string, Chart>();
  const problems: AuditProblem[] = repeated(definitions);
  for (const definition of definitions) {
    const chart = chartOf(definition);
    if (typeof chart === 'string') problems.push({ code: 'audit.definition', message: chart });
    else charts.set(definition.ref.hash, chart);
  }
  const needed = new Map(
    records.map(({ record }) => [record.data.head.definition.hash, record.data.head.definition]),
  );
  const given = new Set(definitions.map(({ ref }) => ref.hash));
  for (const { id, version, hash } of needed.values()) {
    if (given.has(hash)) continue;
    const message = `the definition ${quoted(id)} version ${version} (hash ${hash.slice(0, 12)}) that the run was folded with is missing`;
    problems.push({ code: 'audit.definition', message });
  }
  for (const { ref } of definitions) {
    if (records.length === 0 || needed.has(ref.hash)) continue;
    const message = `the definition ${quoted(ref.id)} version ${ref.version} is none that the run was folded with`;
    problems.push({ code: 'audit.definition', message });
  }

  return { charts, problems };
}

/** Each stands in an export once: of two with one reference, it could not be told which is the one of the run. */
function repeated(definitions: readonly Definition[]): AuditProblem[] {
  const seen = new Set<string>();

  return definitions.flatMap(({ ref }) => {
    if (!seen.has(ref.hash)) {
      seen.add(ref.hash);
      return [];
    }
    const message = `the definition ${quoted(ref.id)} version ${ref.version} is there more than once`;
    return [{ code: 'audit.definition', message }];
  });
}

/** The chart, or what is wrong with the definition. */
function chartOf({ ref, text }: Definition): Chart | string {
  const name = `the definition ${quoted(ref.id)} version ${ref.version}`;
  const result = loadDefinition({ file: 'export', content: text, isAccepted: true });
  if (!result.ok) {
    const [first] = result.problems;
    return `${name} cannot be read: ${first?.message ?? 'it is no definition'}`;
  }
  const found = result.loaded.ref;
  if (found.hash !== ref.hash) {
    return `${name} is another one: its text has the hash ${found.hash.slice(0, 12)}, not ${quoted(ref.hash.slice(0, 12))}`;
  }
  if (found.id !== ref.id || found.version !== ref.version) {
    return `${name} is another one: its text is ${quoted(found.id)} version ${found.version}`;
  }

  return compileChart(result.loaded.definition, found);
}
