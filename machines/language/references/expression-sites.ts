import type { Json } from '../../../events/canonical-json.ts';
import { closingBrace, unwrap } from '../../expressions/scan.ts';
import { mayDiffer } from '../../search-limits.ts';
import { defined } from '../defined.ts';
import { isMapping, type Mapping } from '../mapping.ts';
import type { TaskSite } from '../outline.ts';
import type { ExpressionText } from '../text/read-text.ts';
import type { Path } from '../text/yaml-node.ts';

/** The keys of a task whose whole value is an expression, without `${ }`. */
export const conditionKeys: readonly string[] = [
  'when',
  'decision_param',
  'for_each',
  'loop_condition',
  'match',
];

const templateKeys = [
  'input',
  'output',
  'output_to',
  'items',
  'until',
  'variables',
  'reason',
  'request',
  'event',
  'system',
  'prompt',
  'messages',
  // Names: evaluated when the task is scheduled.
  'assigned_to',
  'requires',
  'signal',
  'workflow',
  'approvers',
  'escalate_to',
  'escalate',
  // Durations: with the names.
  'timeout',
  'queue_timeout',
  'total_timeout',
  'heartbeat_timeout',
  'duration',
];

/** All texts with expressions that belong to a task itself; the tasks inside it have their own. */
export function taskExpressions({ raw, path }: TaskSite): readonly ExpressionText[] {
  const cases = isMapping(raw['decision_cases']) ? Object.entries(raw['decision_cases']) : [];
  const run = isMapping(raw['run']) ? raw['run'] : {};
  const retry = isMapping(raw['retry_policy']) ? raw['retry_policy'] : {};
  const receipt = isMapping(raw['receipt']) ? raw['receipt'] : {};
  // A list of output names holds no expressions.
  const keys = Array.isArray(raw['output']) ? templateKeys.filter((key) => key !== 'output') : templateKeys;

  return [
    ...conditionKeys.flatMap((key) => condition(raw[key], [...path, key])),
    ...keys.flatMap((key) => templates(raw[key], [...path, key], key)),
    ...['command', 'stdin', 'env', 'cwd'].flatMap((key) => templates(run[key], [...path, 'run', key])),
    // What is shown on another station are the inputs that the task has there.
    ...(raw['station'] === undefined ? shownTexts(raw['show'], [...path, 'show']) : []),
    ...['initial_delay', 'max_delay'].flatMap((key) =>
      templates(retry[key], [...path, 'retry_policy', key], key),
    ),
    ...templates(receipt['to'], [...path, 'receipt', 'to'], 'output_to'),
    ...cases.flatMap(([value, each]) =>
      isMapping(each) ? condition(each['condition'], [...path, 'decision_cases', value, 'condition']) : [],
    ),
  ];
}

function shownTexts(show: Json | undefined, path: Path): readonly ExpressionText[] {
  if (!Array.isArray(show)) return templates(show, path);

  return (show as readonly Json[]).flatMap((each, index) =>
    typeof each === 'string' && each.trim() !== ''
      ? templates(shownTemplate(each), [...path, index], 'show')
      : [],
  );
}

/** What an entry of `show` gives: a plain name is an input of the workflow, all else an expression. */
export function shownTemplate(entry: string): string {
  const source = bareExpression(entry);

  return /^[A-Za-z_]\w*$/.test(source) ? `\${workflow.input.${source}}` : `\${${source}}`;
}

/** The texts with expressions of the workflow itself, by what their expressions can see. */
export function workflowExpressions(
  workflow: Mapping,
): Readonly<Record<'ending' | 'start' | 'trigger' | 'cancel', readonly ExpressionText[]>> {
  const concurrency = isMapping(workflow['concurrency']) ? workflow['concurrency'] : {};
  const fairness = isMapping(workflow['fairness']) ? workflow['fairness'] : {};
  const triggers = Array.isArray(workflow['triggers']) ? (workflow['triggers'] as readonly Json[]) : [];

  return {
    ending: isMapping(workflow['output']) ? templates(workflow['output'], ['workflow', 'output']) : [],
    start: [
      ...templates(workflow['variables'], ['workflow', 'variables']),
      ...condition(concurrency['key'], ['workflow', 'concurrency', 'key']),
      ...condition(fairness['key'], ['workflow', 'fairness', 'key']),
      ...templates(workflow['erasure_key'], ['workflow', 'erasure_key']),
      ...templates(workflow['key'], ['workflow', 'key']),
      ...labelTexts(workflow['labels'], ['workflow', 'labels']),
    ],
    trigger: triggers.flatMap((trigger, index) =>
      triggerExpressions(trigger, ['workflow', 'triggers', index]),
    ),
    cancel: cancelExpressions(workflow['cancel_on'], ['workflow', 'cancel_on']),
  };
}

function labelTexts(labels: Json | undefined, path: Path): readonly ExpressionText[] {
  return Object.entries(isMapping(labels) ? labels : {}).flatMap(([name, value]) =>
    mayDiffer(name) ? templates(value, [...path, name]) : [],
  );
}

function cancelExpressions(value: Json | undefined, path: Path): readonly ExpressionText[] {
  if (Array.isArray(value)) {
    return (value as readonly Json[]).flatMap((each, index) => cancelExpressions(each, [...path, index]));
  }

  return isMapping(value) ? condition(value['when'], [...path, 'when']) : [];
}

function triggerExpressions(trigger: Json, path: Path): readonly ExpressionText[] {
  if (!isMapping(trigger)) return [];

  return [
    ...condition(trigger['when'], [...path, 'when']),
    ...templates(trigger['input'], [...path, 'input']),
    ...templates(trigger['dedupe_key'], [...path, 'dedupe_key']),
    ...['throttle', 'debounce', 'batch'].flatMap((name) => {
      const rule = trigger[name];
      return isMapping(rule) ? templates(rule['key'], [...path, name, 'key']) : [];
    }),
  ];
}

function condition(value: Json | undefined, path: Path): readonly ExpressionText[] {
  return typeof value === 'string' && value.trim() !== ''
    ? [{ kind: 'condition', text: value, path, key: String(path.at(-1)) }]
    : [];
}

function templates(value: Json | undefined, path: Path, key?: string): readonly ExpressionText[] {
  if (typeof value === 'string') {
    return value.includes('${') ? [{ kind: 'template', text: value, path, ...defined({ key }) }] : [];
  }
  if (Array.isArray(value)) {
    return (value as readonly Json[]).flatMap((each, index) => templates(each, [...path, index]));
  }

  return isMapping(value)
    ? Object.entries(value).flatMap(([key, each]) => templates(each, [...path, key]))
    : [];
}

/** An expression without the `${ }` around it or its parts: `${a} == 1` is `(a) == 1`, `${a}` is `a`. */
export function bareExpression(text: string): string;

export function bareExpression(text: string | undefined): string | undefined;

export function bareExpression(text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  const trimmed = text.trim();
  if (trimmed.startsWith('${') && closingBrace(trimmed, 2) === trimmed.length - 1)
    return trimmed.slice(2, -1).trim();
  const unwrapped = unwrap(trimmed);

  return 'text' in unwrapped ? unwrapped.text.trim() : trimmed;
}
