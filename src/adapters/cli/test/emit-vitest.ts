import type { Json } from '../../../../events/canonical-json.ts';
import type { Move } from '../../../../machines/explore/move.ts';
import type { ExpectedRecord, Scenario } from '../../../../machines/explore/scenario.ts';
import { transitionText } from './record-text.ts';
import { spreadValue, writtenText, writtenValue } from './written-value.ts';

/** The scenarios of a definition. `from` is how the test file calls the file of the definition: `./release.yaml`. */
export type EmittedScenarios = { readonly from: string; readonly scenarios: readonly Scenario[] };

const width = 110;

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
