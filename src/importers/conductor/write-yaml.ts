import { dump } from 'js-yaml';
import type { Json } from '../../../events/canonical-json.ts';

/** A definition of ours as YAML, each comment next to what it is about. */
export function writeYaml(definition: {
  readonly comments: readonly string[];
  readonly fields: Readonly<Record<string, Json>>;
  readonly tasks: readonly Emitted[];
}): string {
  const { comments, fields, tasks } = definition;

  return [
    ...commentLines(comments, 0),
    'workflow:',
    ...indented(yamlOf(fields), 2),
    '',
    '  tasks:',
    ...tasks.flatMap((task, index) => [...(index === 0 ? [] : ['']), ...taskLines(task, 4)]),
    '',
  ].join('\n');
}

function taskLines({ id, fields, nested, comments }: Emitted, indent: number): readonly string[] {
  const inner = nestedLines(nested, indent + 2);
  const lines = indented(yamlOf({ id, ...fields }), indent + 2);
  const [first = '', ...rest] = lines;

  return [
    ...commentLines(comments, indent),
    `${' '.repeat(indent)}- ${first.trimStart()}`,
    ...rest,
    ...inner,
  ];
}

function nestedLines(nested: Emitted['nested'], indent: number): readonly string[] {
  const margin = ' '.repeat(indent);
  if (nested === undefined) return [];
  if ('tasks' in nested)
    return [`${margin}tasks:`, ...nested.tasks.flatMap((task) => taskLines(task, indent + 2))];

  return [
    `${margin}branches:`,
    ...nested.branches.flatMap((branch) => [
      `${margin}  -`,
      ...branch.flatMap((task) => taskLines(task, indent + 4)),
    ]),
  ];
}

function yamlOf(value: Json): readonly string[] {
  return dump(value, { noRefs: true, lineWidth: -1 }).trimEnd().split('\n');
}

function indented(lines: readonly string[], by: number): readonly string[] {
  return lines.map((line) => (line === '' ? '' : `${' '.repeat(by)}${line}`));
}

const widthMax = 110;

/** Comments of any length and any characters as lines that YAML leaves alone. */
function commentLines(comments: readonly string[], indent: number): readonly string[] {
  const margin = `${' '.repeat(indent)}#`;

  return comments
    .flatMap((comment) => comment.split(/\r\n|\r|\n|\u0085|\u2028|\u2029/))
    .map((line) => line.replace(/\p{Cc}|\ufeff|\ufffe|\uffff/gu, ' ').trimEnd())
    .flatMap((line) => folded(line, widthMax - indent))
    .map((line) => (line === '' ? margin : `${margin} ${line}`));
}

function folded(line: string, width: number): readonly string[] {
  if (line.length <= width) return [line];
  const space = line.lastIndexOf(' ', width);
  const cut = space > width / 2 ? space : width;

  return [line.slice(0, cut), ...folded(`  ${line.slice(cut).trimStart()}`, width)];
}

/** A task of ours, on its way to YAML. */
export type Emitted = {
  readonly id: string;
  /** The keys after `id`, in the order they are written. */
  readonly fields: Readonly<Record<string, Json>>;
  readonly nested?:
    | { readonly tasks: readonly Emitted[] }
    | { readonly branches: readonly (readonly Emitted[])[] };
  /** Lines about what the definition cannot say. */
  readonly comments: readonly string[];
};

/** The fields without those that have no value. */
export function present(fields: Readonly<Record<string, Json | undefined>>): Readonly<Record<string, Json>> {
  return Object.fromEntries(
    Object.entries(fields).filter((entry): entry is [string, Json] => entry[1] !== undefined),
  );
}
