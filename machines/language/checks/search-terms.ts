import type { Json } from '../../../events/canonical-json.ts';
import { labelsMax, searchableMax, searchedCharactersMax } from '../../search-limits.ts';
import type { Finding } from '../finding.ts';
import { isMapping, type Mapping } from '../mapping.ts';
import type { Outline } from '../outline.ts';
import { workflowExpressions } from '../references/expression-sites.ts';
import type { ExpressionText } from '../text/read-text.ts';
import type { Path } from '../text/yaml-node.ts';

/** As `--where label.<name>=` has it. */
const labelName = /^[A-Za-z0-9_][\w./-]{0,62}$/;

/** By what runs are found: the key, the labels and the searchable inputs are read by everybody who may read lists. */
export function checkSearchTerms(outline: Outline): readonly Finding[] {
  const { workflow, sites } = outline;
  const forms = sites.flatMap(({ raw, path }) => fieldFindings(raw['form'], [...path, 'form']));

  return [
    ...sameKey(workflow['key']),
    ...labelFindings(workflow['labels']),
    ...workflowExpressions(workflow)
      .start.filter(({ path }) => path[1] === 'key' || path[1] === 'labels')
      .flatMap((text) => readFindings(text, outline)),
    ...searchableFindings(workflow['input']),
    ...forms,
  ];
}

function sameKey(key: Json | undefined): readonly Finding[] {
  if (typeof key !== 'string' || key.includes('${')) return [];
  const message = 'the key is the same for all runs: write ${ } around an expression of the input';

  return [combination(message, ['workflow', 'key'])];
}

function labelFindings(labels: Json | undefined): readonly Finding[] {
  const all = Object.entries(isMapping(labels) ? labels : {});
  const path: Path = ['workflow', 'labels'];
  const many = `${all.length} labels: runs are found by ${labelsMax} at most`;
  const long = `more than ${searchedCharactersMax} characters: runs are found by the beginning alone`;

  return [
    ...(all.length > labelsMax ? [outOfRange(many, path)] : []),
    ...all.flatMap(([name, value]) => [
      ...(labelName.test(name) ? [] : [badLabel(name, [...path, name])]),
      ...(String(value).length > searchedCharactersMax && !String(value).includes('${')
        ? [outOfRange(long, [...path, name])]
        : []),
    ]),
  ];
}

function badLabel(name: string, path: Path): Finding {
  const message = `"${name}" is not a name for a label: letters, digits and _ . / -, at most 63, beginning with a letter, a digit or _`;

  return { code: 'definition.bad-name', message, path, at: 'key', sinceAccepted: true };
}

function outOfRange(message: string, path: Path): Finding {
  return { code: 'definition.out-of-range', message, path, sinceAccepted: true };
}

/** They are made at the start, and kept as they are. */
function readFindings({ text, path }: ExpressionText, { definition, readText }: Outline): readonly Finding[] {
  const read = readText({ kind: 'template', text });
  if (!read.ok) return [];
  const secret = Object.entries(definition.input).flatMap(([name, input]) => (input.secret ? [name] : []));

  return read.references.flatMap((reference): readonly Finding[] => {
    const [root, member, name] = reference.path;
    const what = reference.path.join('.');
    // What tasks give is refused wherever the start reads it.
    if (root === 'workflow' && !['input', 'id', 'run_id'].includes(member ?? '')) {
      const message = `${what} is not known when a run is started: ${String(path[1])} reads workflow.input alone`;
      return [{ code: 'definition.not-yet-run', message, path }];
    }
    const isSecret = name === undefined ? secret.length > 0 : secret.includes(name);
    if (root !== 'secrets' && !(member === 'input' && isSecret)) return [];
    const message = `${what} is secret, and what is written here is shown in lists`;

    return [{ code: 'definition.secret-in-plain', message, path }];
  });
}

function searchableFindings(input: Json | undefined): readonly Finding[] {
  const path: Path = ['workflow', 'input', 'properties'];
  const found = searchableIn(input);
  const late = found.slice(searchableMax).map(([name]) => ({
    code: 'definition.out-of-range',
    message: `more than ${searchableMax} inputs are searchable`,
    path: [...path, name, 'searchable'],
  }));

  return [
    ...late,
    ...found.flatMap(([name, { type, secret }]) => {
      const place = [...path, name, 'searchable'];
      if (secret === true)
        return [combination(`the secret "${name}" is not shown, so nobody finds by it`, place)];
      if (type !== 'array' && type !== 'object') return [];
      const message = `runs are found by a text, a number or a truth, and "${name}" is of type ${type}: give that an input of its own`;
      return [combination(message, place)];
    }),
  ];
}

/** What an approval brings along is no input of the run. */
function fieldFindings(form: Json | undefined, path: Path): readonly Finding[] {
  return searchableIn(form).map(([name]) =>
    combination(`a field of a form is not searched: runs are found by their inputs, and "${name}" is none`, [
      ...path,
      'properties',
      name,
      'searchable',
    ]),
  );
}

function searchableIn(input: Json | undefined): readonly (readonly [string, Mapping])[] {
  const properties = isMapping(input) && isMapping(input['properties']) ? input['properties'] : {};

  return Object.entries(properties).flatMap(([name, property]) =>
    isMapping(property) && property['searchable'] === true ? [[name, property] as const] : [],
  );
}

function combination(message: string, path: Path): Finding {
  return { code: 'definition.bad-combination', message, path };
}
