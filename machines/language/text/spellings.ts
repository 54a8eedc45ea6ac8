import type { Json } from '../../../events/canonical-json.ts';
import type { Finding } from '../finding.ts';
import type { Mapping } from '../mapping.ts';
import type { Path } from './yaml-node.ts';

const pairs = [
  ['next', 'next_tasks'],
  ['default', 'default_case'],
  ['backoff', 'backoff_strategy'],
  ['max', 'limit'],
  ['when_full', 'on_limit'],
] as const;

/** Two spellings of one key in the same place could contradict each other, so only one may stand. */
export function spellingFindings(task: Mapping, path: Path): readonly Finding[] {
  const cases = mapping(task['decision_cases']);
  const places: readonly (readonly [Json | undefined, Path])[] = [
    [task, path],
    [task['retry_policy'], [...path, 'retry_policy']],
    [task['default'], [...path, 'default']],
    ...Object.entries(cases).map(([name, each]) => [each, [...path, 'decision_cases', name]] as const),
  ];

  return places.flatMap(([value, place]) => bothSpelled(mapping(value), place));
}

/** The same of the `concurrency` of the workflow, which says how many in one of two spellings. */
export function concurrencyFindings(workflow: Mapping): readonly Finding[] {
  const path = ['workflow', 'concurrency'];
  const concurrency = mapping(workflow['concurrency']);
  const both = bothSpelled(concurrency, path);
  const isGiven = concurrency['max'] !== undefined || concurrency['limit'] !== undefined;
  if (workflow['concurrency'] === undefined || isGiven) return both;

  return [...both, { code: 'definition.missing-key', message: 'the key "max" is missing', path, at: 'key' }];
}

function bothSpelled(value: Mapping, path: Path): readonly Finding[] {
  return pairs
    .filter(([first, second]) => value[first] !== undefined && value[second] !== undefined)
    .map(([first, second]) => ({
      code: 'definition.two-spellings',
      message: `"${second}" is another spelling of "${first}", which is given too; keep one`,
      path: [...path, second],
      at: 'key',
    }));
}

/** The mapping that a value is, or an empty one. */
export function mapping(value: Json | undefined): Mapping {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Mapping) : {};
}
