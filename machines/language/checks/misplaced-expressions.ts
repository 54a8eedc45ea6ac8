import type { Json } from '../../../events/canonical-json.ts';
import type { Finding } from '../finding.ts';
import { isMapping } from '../mapping.ts';
import type { Outline } from '../outline.ts';
import { taskExpressions, workflowExpressions } from '../references/expression-sites.ts';
import type { Path } from '../text/yaml-node.ts';

/** Keys whose values are text for people, or values as they are, wherever they stand. */
const literal: ReadonlySet<string> = new Set(['description', 'default', 'enum', 'pattern', 'examples']);

/** Keys that name tasks: a name with an expression is no task, which is said already. */
const taskRefs: ReadonlySet<string> = new Set([
  'id',
  'depends_on',
  'parallel_with',
  'join_on',
  'next',
  'next_tasks',
  'default_case',
  'fallback',
  'compensate',
]);

/** Why a key takes no expression, where more can be said than that. */
const reasons: Readonly<Record<string, string>> = {
  uses: 'an action is named in the text, so that its input can be checked before the run',
  errors: 'error codes are compared as they are written',
  non_retryable: 'error codes are compared as they are written',
  output: 'these are names that the result has to hold; write a mapping from name to expression',
  file: 'files are looked for when there is no run yet',
  labels: 'this label is read of the definition, not of a run',
  name: 'a name belongs to the definition, not to a run',
};

/** A text with `${` where none is evaluated: it would be taken as it is written. */
export function checkMisplacedExpressions({ workflow, sites }: Outline): readonly Finding[] {
  const ofWorkflow = Object.values(workflowExpressions(workflow)).flat();
  const evaluated = new Set(
    [...sites.flatMap(taskExpressions), ...ofWorkflow].map(({ path }) => JSON.stringify(path)),
  );

  return [...textsIn(workflow, ['workflow'])]
    .filter((path) => !evaluated.has(JSON.stringify(path)))
    .map((path) => {
      const key = path.findLast((part) => typeof part === 'string') ?? '';
      const around = path.find((part) => part === 'labels');
      const reason = reasons[String(around ?? key)] ?? 'the text is taken as it is written';
      return {
        code: 'definition.misplaced-expression',
        message: `no expression is evaluated here: ${reason}`,
        path,
        sinceAccepted: true,
      };
    });
}

/** `{{workflow.parameters.n}}` of Argo and GitHub Actions, `$.input.n` of Step Functions. */
const foreign =
  /\{\{=?\s*(?:workflow|inputs?|tasks|steps|needs|github|env|item|outputs)\b[^{}]*\}\}|^\$(?:\.[a-z_]\w*)+$/i;

/** Texts that look like an expression of another engine, where one of ours would be evaluated. */
export function adviseForeignExpressions(outline: Outline): readonly Finding[] {
  const { sites, workflow } = outline;
  const foreignOf = (text: string) => foreign.exec(text)?.[0] ?? unsigned(text, outline);
  const foreignInCommand = (text: string) =>
    text.startsWith('$(') ? foreignOf(text) : foreign.exec(text)?.[0];
  const keys = ['concurrency', 'fairness'].flatMap((key) => {
    const around = workflow[key];
    return isMapping(around) ? foreignIn(foreignOf, around['key'], ['workflow', key, 'key']) : [];
  });

  return [
    ...keys,
    ...sites.flatMap(({ raw, path }) =>
      ['input', 'output', 'variables', 'request', 'event', 'run', 'reason'].flatMap((key) =>
        // A word of a command may be the name of a file.
        foreignIn(key === 'run' ? foreignInCommand : foreignOf, raw[key], [...path, key]),
      ),
    ),
  ];
}

/** What an expression would read: `workflow.input.n`, `scan.output.files`; and in the brackets of a shell. */
const reading = /^(?:\$\()?([a-z][\w-]*)\.(input|variables|output|status|error)((?:\.\w+)*)\)?$/i;

/** A text that is the name of a value of this very definition, without the signs that make an expression of it. */
function unsigned(text: string, { definition, ids }: Outline): string | undefined {
  const [, root = '', member = '', rest = ''] = reading.exec(text) ?? [];
  const [, name = ''] = rest.split('.');
  const values: Readonly<Record<string, object>> = {
    input: definition.input,
    variables: definition.variables,
  };
  const isOfRun = root === 'workflow' && Object.hasOwn(values[member] ?? {}, name);
  const isOfTask = ids.has(root) && (member === 'status' || member === 'error' || member === 'output');

  return isOfRun || isOfTask ? text : undefined;
}

function foreignIn(
  foreignOf: (text: string) => string | undefined,
  value: Json | undefined,
  path: Path,
): readonly Finding[] {
  if (typeof value === 'string') {
    const found = foreignOf(value);
    if (found === undefined) return [];
    const meant = reading.test(found) ? found.replace(/^\$\(|\)$/g, '') : 'workflow.input.name';
    const message = `${found} is taken as it is written; an expression is written \${${meant}}`;
    return [{ code: 'definition.foreign-expression', severity: 'warning', message, path }];
  }
  if (Array.isArray(value)) {
    return (value as readonly Json[]).flatMap((each, index) => foreignIn(foreignOf, each, [...path, index]));
  }

  return isMapping(value)
    ? Object.entries(value).flatMap(([key, each]) => foreignIn(foreignOf, each, [...path, key]))
    : [];
}

/** The paths of all texts that hold an expression, those left out that mean nothing to the language. */
function* textsIn(value: Json, path: Path): Iterable<Path> {
  if (typeof value === 'string') {
    if (value.replaceAll('$${', '').includes('${')) yield path;
  } else if (Array.isArray(value)) {
    for (const [index, each] of (value as readonly Json[]).entries()) yield* textsIn(each, [...path, index]);
  } else if (isMapping(value)) {
    for (const [key, each] of Object.entries(value)) {
      if (!literal.has(key) && !taskRefs.has(key)) yield* textsIn(each, [...path, key]);
    }
  }
}
