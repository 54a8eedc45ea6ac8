import { dirname, relative, resolve } from 'node:path';
import type { Json } from '../../../events/canonical-json.ts';
import type { ExpectedRecord, Move, Scenario } from '../../../machines/prover/explore/scenario.ts';
import { coveragePercent, type TestedDefinition } from '../../projections/definition/tested-definition.ts';
import { writeTargets } from '../import/write-definitions.ts';
import type { TestCall } from './asked.ts';
import { differenceLines, transitionText } from './report-text.ts';
import { spreadValue, writtenText, writtenValue } from './written-value.ts';

const width = 110;

/** Writes the files that were asked for. Resolves with how they are called. */
export async function writeReports(
  all: readonly TestedDefinition[],
  asked: TestCall,
  cwd: string,
): Promise<readonly string[]> {
  const { junit, scenariosFile, emit } = asked;
  const texts: readonly (readonly [string | undefined, () => string])[] = [
    [junit, () => junitXml(all.map((tested) => suiteOf(tested, asked)))],
    [scenariosFile, () => scenariosText(all)],
    [emit === 'stdout' ? undefined : emit, () => emittedText(all, dirname(resolve(cwd, emit ?? '')))],
  ];
  const targets = texts.flatMap(([shown, text]) =>
    shown === undefined ? [] : [{ path: resolve(cwd, shown), shown, text: text() }],
  );
  await writeTargets(targets, { force: true });

  return targets.map(({ shown }) => shown);
}

/** The scenarios as a test file that will be in `folder`. */
export function emittedText(all: readonly TestedDefinition[], folder: string): string {
  return vitestText(
    all.map(({ path, scenarios }) => ({
      from: relativeUrl(folder, path),
      scenarios: scenarios.map(({ scenario }) => scenario),
    })),
  );
}

/** By the files of their definitions. */
function scenariosText(all: readonly TestedDefinition[]): string {
  const byFile = Object.fromEntries(
    all.map(({ file, scenarios }) => [file, scenarios.map(({ scenario }) => scenario)]),
  );

  return `${JSON.stringify(byFile, null, 2)}\n`;
}

function relativeUrl(folder: string, path: string): string {
  const way = relative(folder, path).split(/[\\/]/).map(encodeURIComponent).join('/');

  return way.startsWith('.') ? way : `./${way}`;
}

function suiteOf(tested: TestedDefinition, asked: TestCall): JunitSuite {
  const scenarios = tested.scenarios.map(
    ({ scenario, rehearsed, ms }): JunitCase => ({
      name: scenario.name,
      ms,
      ...(rehearsed.ok
        ? {}
        : { failure: [rehearsed.message, ...differenceLines(scenario, rehearsed)].join('\n') }),
    }),
  );
  const cases = tested.cases.map(
    ({ file, line, name, ok, problems }): JunitCase => ({
      name: `${file}: ${name}`,
      ms: 0,
      ...(ok ? {} : { failure: [`${file}:${line}`, ...problems].join('\n') }),
    }),
  );

  return {
    name: tested.file,
    ms: tested.ms,
    cases: [...scenarios, ...cases, ...coverageCase(tested, asked)],
  };
}

/** Where so much coverage is asked for, too little of it is a failure like any other. */
function coverageCase(tested: TestedDefinition, { coverageMin }: TestCall): readonly JunitCase[] {
  if (coverageMin === 0) return [];
  const missing = tested.uncovered.filter(({ kind }) => kind !== 'unreachable');
  const failure = [
    `${tested.covered} of ${tested.covered + missing.length} transitions that can happen are covered`,
    ...missing.map(({ transition, kind, text }) => `${transition}  (${kind}: ${text})`),
  ].join('\n');

  return [
    {
      name: `at least ${coverageMin} % of the transitions are covered`,
      ms: 0,
      ...(coveragePercent(tested) < coverageMin ? { failure } : {}),
    },
  ];
}

/** The scenarios of a definition. `from` is how the test file calls the file of the definition: `./release.yaml`. */
type EmittedScenarios = { readonly from: string; readonly scenarios: readonly Scenario[] };

/**
 * A test file with a test for each scenario: its moves in plain calls, and after each of them the records that have to
 * be in the journal. The same scenarios always give the same text.
 */
export function vitestText(definitions: readonly EmittedScenarios[]): string {
  return `// Written by \`workflow test --emit vitest\`. Each test plays one way through a definition on the real engine: a move
// of the world per call, and after it the records of the journal that it has to lead to, with their transitions.
import { describe, test } from 'vitest';
import { rehearse } from '3ox-workflow/testing';

${definitions.map(definitionText).join('\n')}`;
}

function definitionText({ from, scenarios }: EmittedScenarios): string {
  return `describe(${writtenText(from)}, () => {
  const definition = new URL(${writtenText(from)}, import.meta.url);

${scenarios.map(scenarioText).join('\n')}});
`;
}

function scenarioText({ name, parts, end }: Scenario): string {
  const calls = parts.flatMap(({ move, records }) => [moveCall(move), ...records.map(recordCall)]);

  return `  test(${writtenText(name)}, () =>
    rehearse(definition)
${[...calls, call('end', [end])].map((each) => `      ${each}`).join('\n')});
`;
}

function recordCall({ type, transitions, fact }: ExpectedRecord): string {
  const shown = type === 'run.started' ? withoutDefinition(fact) : fact;

  return `  ${call('record', [type, transitions.map(transitionText), shown], 8)}`;
}

/** It is that of the file, whatever its hash will be then. */
function withoutDefinition(fact: Json): Json {
  return Object.fromEntries(Object.entries(fact ?? {}).filter(([key]) => key !== 'definition'));
}

function moveCall(move: Move): string {
  switch (move.type) {
    case 'start':
      return call('start', [move.input, move.pace]);
    case 'complete':
      return call('complete', [move.task, move.attempt, move.output]);
    case 'fail':
      return call('fail', [move.task, move.attempt, move.error]);
    case 'silence':
      return call('silence', [move.task, move.attempt]);
    case 'approve':
    case 'reject':
      return call(move.type, [move.task, move.by, ...(move.data === undefined ? [] : [move.data])]);
    case 'signal':
      return call('signal', [move.name, move.data]);
    case 'endChild': {
      const { type: _, task, attempt, ...end } = move;
      return call('endChild', [task, attempt, end]);
    }
    case 'pass':
      return call('pass', []);
    case 'intervene':
      return call('intervene', [move.command]);
  }
}

/** What does not fit on a line is spread over several: the last of what is given is the large one. */
function call(name: string, given: readonly unknown[], indent = 6): string {
  const values = given.map(jsonOf);
  const flat = `.${name}(${values.map((value) => writtenValue(value, { indent: 0, width: Infinity })).join(', ')})`;
  if (indent + flat.length <= width) return flat;
  const before = values.slice(0, -1).map((value) => writtenValue(value, { indent, width }));
  const last = values.slice(-1).map((value) => spreadValue(value, { indent, width }));

  return `.${name}(${[...before, ...last].join(', ')})`;
}

function jsonOf(value: unknown): Json {
  return JSON.parse(JSON.stringify(value)) as Json;
}

/** What a CI system is told of one definition. */
type JunitSuite = { readonly name: string; readonly ms: number; readonly cases: readonly JunitCase[] };

/** `failure` says what is wrong, its first line by itself. */
type JunitCase = { readonly name: string; readonly ms: number; readonly failure?: string };

/** A JUnit report: a suite for each definition, a case for each scenario and each written case. */
export function junitXml(suites: readonly JunitSuite[]): string {
  const all = suites.flatMap(({ cases }) => cases);

  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites name="workflow test" ${sums(all, suites)}>`,
    ...suites.flatMap(suiteLines),
    '</testsuites>',
    '',
  ].join('\n');
}

function suiteLines(suite: JunitSuite): readonly string[] {
  const { name, cases } = suite;

  return [
    `  <testsuite name="${attribute(name)}" ${sums(cases, [suite])}>`,
    ...cases.flatMap((each) => caseLines(name, each)),
    '  </testsuite>',
  ];
}

function caseLines(suite: string, { name, ms, failure }: JunitCase): readonly string[] {
  const open = `    <testcase classname="${attribute(suite)}" name="${attribute(name)}" time="${seconds(ms)}"`;
  if (failure === undefined) return [`${open}/>`];
  const [message = ''] = failure.split('\n');

  return [
    `${open}>`,
    `      <failure message="${attribute(message)}">${content(failure)}</failure>`,
    '    </testcase>',
  ];
}

function sums(cases: readonly JunitCase[], suites: readonly JunitSuite[]): string {
  const failures = cases.filter(({ failure }) => failure !== undefined).length;
  const ms = suites.reduce((sum, each) => sum + each.ms, 0);

  return `tests="${cases.length}" failures="${failures}" time="${seconds(ms)}"`;
}

function seconds(ms: number): string {
  return (ms / 1000).toFixed(3);
}

function attribute(text: string): string {
  return content(text)
    .replaceAll('"', '&quot;')
    .replace(/[\t\n\r]/g, (each) => `&#${each.charCodeAt(0)};`);
}

function content(text: string): string {
  return allowed(text).replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

/** XML 1.0 has no way at all to write most control characters and halves of characters. */
function allowed(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are the characters that must go.
  return text.replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]|\p{Cs}/gu, '\ufffd');
}
