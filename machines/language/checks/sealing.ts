import { planOf } from '../../chart/plan.ts';
import { type SealedParts, sealedParts, sealedReads } from '../../chart/sealed-parts.ts';
import type { Definition } from '../../definition.ts';
import type { Finding } from '../finding.ts';
import { isMapping } from '../mapping.ts';
import type { Outline, TaskSite } from '../outline.ts';
import { taskExpressions, workflowExpressions } from '../references/expression-sites.ts';
import type { ExpressionText } from '../text/read-text.ts';
import type { Path } from '../text/yaml-node.ts';

/** What engines go by, and publish, has to be recorded as it is. */
const plainKeys: ReadonlySet<string> = new Set([
  ...['assigned_to', 'requires', 'signal', 'workflow', 'approvers', 'escalate_to', 'escalate', 'event'],
  ...['timeout', 'queue_timeout', 'total_timeout', 'heartbeat_timeout', 'duration', 'until', 'retry_policy'],
  ...['output_to', 'receipt'],
]);

/** The same of the workflow itself. */
const plainParts: ReadonlySet<string> = new Set(['concurrency', 'fairness', 'key', 'labels']);

type Plan = ReturnType<typeof planOf>;
type Sealing = { readonly parts: SealedParts; readonly plan: Plan };

/** A value that is recorded sealed must not be recorded as it is by another way, and whose it is has to matter. */
export function checkSealing(outline: Outline): readonly Finding[] {
  const { definition, sites } = outline;
  const plan = planOf(definition);
  const parts = sealedParts(definition, plan);
  const forms = sites.flatMap(formFindings);
  if (parts === undefined) return [...forms, ...uselessKey(outline)];
  if (definition.erasureKey?.includes('${') === false) return [...forms, sameForAll];
  const own = sites.filter(({ list }) => list.kind !== 'steps');

  return [
    ...forms,
    ...own.flatMap((site) => [...taskFindings(site, { parts, plan }), ...wakingAdvice(site, parts)]),
    ...runFindings(outline, { parts, plan }),
    ...eventAdvice(outline, parts),
  ];
}

const sameForAll: Finding = {
  code: 'definition.bad-combination',
  message: 'erasure_key is the same for all runs: write ${ } around an expression of the input',
  path: ['workflow', 'erasure_key'],
};

function uselessKey({ definition }: Outline): readonly Finding[] {
  if (definition.erasureKey === undefined) return [];
  const message =
    'erasure_key says whose sealed values are, and nothing is sealed: mark inputs or tasks `pii: true`, or write `payloads: sealed`';

  return [{ code: 'definition.bad-combination', message, path: ['workflow', 'erasure_key'], at: 'key' }];
}

/** What an approval brings along is recorded as one value. */
function formFindings({ raw, path }: TaskSite): readonly Finding[] {
  const form = isMapping(raw['form']) ? raw['form'] : {};
  const properties = isMapping(form['properties']) ? Object.entries(form['properties']) : [];

  return properties
    .filter(([, field]) => isMapping(field) && field['pii'] !== undefined)
    .map(([name]) => ({
      code: 'definition.bad-combination',
      message: `a field of a form is not sealed by itself: mark the task \`pii: true\` in place of "${name}"`,
      path: [...path, 'form', 'properties', name, 'pii'],
      at: 'key',
    }));
}

function taskFindings(site: TaskSite, sealing: Sealing): readonly Finding[] {
  const { task, path } = site;
  const plain = taskExpressions(site).filter((each) => plainKeys.has(String(each.path[path.length])));
  const written: readonly Finding[] =
    task.outputTo !== undefined && sealing.parts.tasks.has(task.id)
      ? [
          {
            code: 'definition.sealed-in-file',
            severity: 'warning',
            message: `what ${task.id} gives is recorded sealed, and written to a file as it is: erasing it does not change the file`,
            path: [...path, task.receipt === true ? 'receipt' : 'output_to'],
          },
        ]
      : [];

  return [...plain.flatMap((each) => plainFindings(each, sealing)), ...written];
}

function runFindings({ workflow, definition }: Outline, sealing: Sealing): readonly Finding[] {
  const { start } = workflowExpressions(workflow);
  const keys = start.filter(({ path }) => plainParts.has(String(path[1])));

  return [...keys.flatMap((each) => plainFindings(each, sealing)), ...searchedFindings(definition, sealing)];
}

/** The index of runs is no place for what has to be erased. */
function searchedFindings({ input }: Definition, { parts }: Sealing): readonly Finding[] {
  const searched = Object.keys(input).filter((name) => input[name]?.searchable === true);

  return searched
    .filter((name) => parts.inputs.has(name))
    .map((name) => ({
      code: 'definition.sealed-in-plain',
      message: `workflow.input.${name} is recorded sealed, and what is searchable is kept as it is; leave one of the two out`,
      path: ['workflow', 'input', 'properties', name, 'searchable'],
      at: 'key',
    }));
}

function plainFindings({ kind, text, path }: ExpressionText, { parts, plan }: Sealing): readonly Finding[] {
  const source = kind === 'condition' && !text.includes('${') ? `\${${text}}` : text;
  const read = sealedReads(source, parts, plan);
  if (read.length === 0) return [];
  const message = `${read.join(' and ')} ${read.length === 1 ? 'is' : 'are'} recorded sealed, and what is written here is recorded, or published, as it is; use a value that is not about a person, or mark the input \`pii: false\``;

  return [{ code: 'definition.sealed-in-plain', message, path }];
}

/** An event is the signal of its type for whoever waits for that. */
function wakingAdvice({ task, path }: TaskSite, { tasks }: SealedParts): readonly Finding[] {
  if (task.type !== 'WAIT' || task.signal === undefined || !tasks.has(task.id)) return [];
  const message = `what ${task.id} is told is recorded sealed; an event that wakes it is kept as it was published, for as long as events are kept: have it woken by \`workflow signal\` where it tells of a person`;

  return [{ code: 'definition.sealed-from-event', severity: 'warning', message, path: [...path, 'signal'] }];
}

/** Events are kept before a run is made of them. */
function eventAdvice({ definition, workflow }: Outline, { inputs }: SealedParts): readonly Finding[] {
  if (inputs.size === 0 || !Array.isArray(workflow['triggers'])) return [];

  return definition.triggers.flatMap(({ kind, input }, index): readonly Finding[] => {
    if (kind !== 'event' || !JSON.stringify(input ?? {}).includes('event')) return [];
    const path: Path = ['workflow', 'triggers', index];
    const message =
      'the event that starts a run is kept as it was published, for as long as events are kept: erasing what the run recorded does not change it';
    return [{ code: 'definition.sealed-from-event', severity: 'warning', message, path }];
  });
}
