import { canonicalJson } from '../../../events/canonical-json.ts';
import type { Transition } from '../../../events/record.ts';
import type { ExpectedRecord, Scenario } from '../../../machines/prover/explore/scenario.ts';
import type { Rehearsed } from '../../ports/runs/rehearsals.ts';
import {
  coveragePercent,
  failedScenarios,
  isSound,
  type PlayedScenario,
  possibleOf,
  type TestedDefinition,
  type Uncovered,
} from '../../projections/definition/tested-definition.ts';
import { moveText } from '../../terminal/render/move-text.ts';
import type { Paint } from '../../terminal/render/paint.ts';
import { oneLine } from '../../terminal/render/width.ts';

/** More lines than this are left to `--verbose`. */
const linesMax = 12;

/** What a person is told of one definition: a line where all is well, and what is not under it. */
export function testReportText(
  tested: TestedDefinition,
  { paint, verbose }: { readonly paint: Paint; readonly verbose: boolean },
): string {
  return [
    headLine(tested, paint),
    ...uncoveredLines(tested.uncovered, { verbose }).map(paint.dim),
    ...tested.leftOut.map((each) => paint.dim(`  not looked at: ${oneLine(each)}`)),
    ...(verbose ? tested.scenarios.flatMap((each) => wayLines(each, paint)) : []),
    ...failedScenarios(tested).flatMap((each) => scenarioFailure(each, paint)),
    ...caseLines(tested, { paint, verbose }),
  ].join('\n');
}

/** Scenarios and their time in one line, for the end of the report. */
export function summaryText(all: readonly TestedDefinition[], ms: number): string {
  const scenarios = all.flatMap((each) => each.scenarios);
  const [slowest] = [...scenarios].sort((a, b) => b.ms - a.ms);
  const covered = sum(all.map((each) => each.covered));
  const possible = sum(all.map(possibleOf));
  const unreachable = sum(all.map((each) => each.transitions)) - possible;
  const failed = sum(all.map((each) => failedScenarios(each).length));
  const cases = all.flatMap((each) => each.cases);
  const failedCases = cases.filter(({ ok }) => !ok).length;

  return [
    `${counted(all.length, 'definition')}`,
    coverageText({ covered, possible, unreachable }),
    `${counted(scenarios.length, 'scenario')}, ${failed} failed`,
    ...(cases.length === 0 ? [] : [`${counted(cases.length, 'case')}, ${failedCases} failed`]),
    secondsText(ms),
    ...(slowest === undefined
      ? []
      : [
          `slowest: ${slowest.scenario.name} of ${slowest.scenario.definition.id}, ${secondsText(slowest.ms)}`,
        ]),
  ].join('; ');
}

function headLine(tested: TestedDefinition, paint: Paint): string {
  const { file, covered, transitions, scenarios, cases, ms } = tested;
  const possible = possibleOf(tested);
  const parts = [
    `${file}`,
    coverageText({ covered, possible, unreachable: transitions - possible }),
    counted(scenarios.length, 'scenario'),
    ...(cases.length === 0 ? [] : [counted(cases.length, 'case')]),
    secondsText(ms),
  ];

  return `${paint.glyph(isSound(tested) ? 'COMPLETED' : 'FAILED')} ${parts.join('  ')}`;
}

function wayLines({ scenario, rehearsed, ms }: PlayedScenario, paint: Paint): readonly string[] {
  const glyph = paint.glyph(rehearsed.ok ? 'COMPLETED' : 'FAILED');

  return [
    `  ${glyph} ${scenario.name}  ${scenario.end.status}  ${secondsText(ms)}`,
    ...scenario.parts.map(({ move }, index) =>
      paint.dim(`    ${String(index + 1).padStart(3)}  ${moveText(move)}`),
    ),
  ];
}

function scenarioFailure({ scenario, rehearsed }: PlayedScenario, paint: Paint): readonly string[] {
  if (rehearsed.ok) return [];
  const title = `  ${paint.look('failed', 'scenario goes another way:')} ${scenario.name}`;

  return [title, ...differenceLines(scenario, rehearsed).map((line) => `  ${line}`)];
}

function caseLines(
  { cases }: TestedDefinition,
  { paint, verbose }: { readonly paint: Paint; readonly verbose: boolean },
): readonly string[] {
  return cases.flatMap(({ file, line, name, ok, problems }) => {
    if (ok) return verbose ? [`  ${paint.glyph('COMPLETED')} ${file}: ${name}`] : [];

    return [
      `  ${paint.look('failed', 'case fails:')} ${file}:${line}: ${name}`,
      ...problems.map((problem) => `       ${oneLine(problem)}`),
    ];
  });
}

/** The percentage is the one that `--min-coverage` is about. */
function coverageText({
  covered,
  possible,
  unreachable,
}: Readonly<Record<'covered' | 'possible' | 'unreachable', number>>): string {
  const beside = unreachable === 0 ? '' : `, ${unreachable} unreachable`;

  return `${covered} of ${possible} transitions (${percentText(covered, possible)})${beside}`;
}

/** Never rounded up to 100. */
function percentText(part: number, whole: number): string {
  return `${whole === 0 ? 100 : Math.floor((part * 100) / whole)} %`;
}

function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`;
}

function secondsText(ms: number): string {
  return `${(ms / 1000).toFixed(2)} s`;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, each) => total + each, 0);
}

/**
 * Why transitions are not covered: each reason once, under it a line for every task. What counts against the coverage
 * comes first.
 */
function uncoveredLines(
  uncovered: readonly Uncovered[],
  { verbose }: { readonly verbose: boolean },
): readonly string[] {
  const weighty = uncovered.filter(({ kind }) => kind !== 'unreachable');
  const rest = uncovered.filter(({ kind }) => kind === 'unreachable');
  const groups = grouped(
    [...weighty, ...rest],
    ({ kind, text }) => `  not covered, ${kind}: ${oneLine(text)}`,
  );
  const lines = [...groups].flatMap(([reason, some]) => [
    { text: reason, count: 0 },
    ...[...grouped(some, taskOf)].map(([task, ofTask]) => ({
      text: `    ${task}: ${ofTask.map((each) => oneLine(each.transition.slice(task.length + 2))).join('; ')}`,
      count: ofTask.length,
    })),
  ]);
  if (verbose || lines.length <= linesMax) return lines.map(({ text }) => text);
  // A reason without a transition under it says nothing.
  const shown = lines[linesMax - 2]?.count === 0 ? linesMax - 2 : linesMax - 1;
  const more = lines.slice(shown).reduce((sum, { count }) => sum + count, 0);

  return [...lines.slice(0, shown).map(({ text }) => text), `    ${more} more: --verbose`];
}

/** A transition begins with its task: `pay: retrying -> failed (task.failed)`. */
function taskOf({ transition }: Uncovered): string {
  return transition.slice(0, Math.max(transition.indexOf(': '), 0));
}

function grouped(
  all: readonly Uncovered[],
  keyOf: (each: Uncovered) => string,
): ReadonlyMap<string, readonly Uncovered[]> {
  const groups = new Map<string, Uncovered[]>();
  for (const each of all) {
    const key = keyOf(each);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [each]);
    else group.push(each);
  }

  return groups;
}

type Document = Readonly<Record<string, unknown>>;

/** What came of testing one definition, as `--json` shows it. */
export function testedDocument(tested: TestedDefinition): Document {
  const { file, definition, transitions, covered, uncovered, scenes, leftOut, ms } = tested;

  return {
    file,
    definition,
    ok: isSound(tested),
    coverage: {
      transitions,
      covered,
      /** Of those that can happen at all. */
      percent: coveragePercent(tested),
      uncovered,
    },
    scenes,
    leftOut,
    scenarios: tested.scenarios.map(scenarioDocument),
    cases: tested.cases,
    ms,
  };
}

function scenarioDocument({ scenario, rehearsed, ms }: PlayedScenario): Document {
  const { name, parts, end } = scenario;

  return {
    name,
    ok: rehearsed.ok,
    status: end.status,
    moves: parts.map(({ move }) => moveText(move)),
    records: parts.reduce((sum, { records }) => sum + records.length, 0),
    ms,
    ...(rehearsed.ok ? {} : { difference: differenceOf(rehearsed) }),
  };
}

function differenceOf({
  part,
  expected,
  found,
  message,
}: Extract<PlayedScenario['rehearsed'], { readonly ok: false }>): Document {
  return { afterMove: part + 1, expected, found, message };
}

type Difference = Extract<Rehearsed, { readonly ok: false }>;

/** The way up to the move after which a run went another way than its scenario, and what differs there. */
export function differenceLines({ parts }: Scenario, difference: Difference): readonly string[] {
  const { part, expected, found, message } = difference;
  const played = parts.slice(0, part + 1);
  const moves = played.map(({ move, records }, index) => {
    const told = records.map(({ type }) => type).join(', ');
    return `${String(index + 1).padStart(3)}  ${moveText(move)}${index === part || told === '' ? '' : `  (${told})`}`;
  });

  return [
    ...moves,
    `     ${oneLine(message)}`,
    ...recordLines('expected', expected),
    ...recordLines('found', found),
  ];
}

function recordLines(title: string, record: ExpectedRecord | undefined): readonly string[] {
  const label = `     ${title.padEnd(9)}`;
  if (record === undefined) return [`${label}nothing`];
  const { type, fact, transitions } = record;
  const moved = transitions.map(transitionText).join(', ');

  return [
    `${label}${[type, moved].filter((each) => each !== '').join('  ')}`,
    `${' '.repeat(label.length)}${oneLine(canonicalJson(fact))}`,
  ];
}

/** `validate: scheduled -> completed`; without a task for a change of the run. */
export function transitionText({ task, from, to }: Transition): string {
  return `${task === undefined ? '' : `${task}: `}${from} -> ${to}`;
}
