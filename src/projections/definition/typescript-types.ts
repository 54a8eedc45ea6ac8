import type { Json } from '../../../events/canonical-json.ts';
import type { Definition, InputProperty } from '../../../machines/definition.ts';
import type { TypeShape } from '../../../machines/expressions/typing/shape.ts';
import { graphOf } from '../../../machines/language/graph/task-graph.ts';
import { isMapping } from '../../../machines/language/mapping.ts';
import { templateParts } from '../../../machines/language/references/type-rules.ts';
import { possibleOutputsIn } from '../../../machines/language/world/children.ts';
import type { KnownWorld } from '../../../machines/language/world/world.ts';

const head = `// Written by \`workflow types\`, which writes it anew: change the definitions in its place.
/* eslint-disable */
`;
const aboutMax = 200;

/** A type as it is written, and as it is compared. */
type Written = string;
type Member = {
  readonly name: string;
  /** The name is TypeScript for all names of a kind. */
  readonly isPattern?: boolean;
  readonly type: Written;
  readonly isOptional?: boolean;
  readonly about?: string | undefined;
};

/**
 * A file in TypeScript with what definitions take and give, and the signals that their runs wait for: merged into the
 * interface `ProjectWorkflows` of the package, by the ids of the definitions.
 */
export function typescriptTypes(definitions: readonly Definition[], world: KnownWorld): string {
  const members = definitions.map(
    (definition): Member => ({
      name: definition.id,
      type: typeOfDefinition(definition, world),
      about: [`${definition.id} v${definition.version}`, definition.description ?? definition.name]
        .filter((text) => text !== undefined)
        .join(': '),
    }),
  );

  const text = indented(mapping(members));
  const before = usesJson(text) ? "import type { Json } from '3ox-workflow';" : 'export {};';

  return `${head}${before}\n\ndeclare module '3ox-workflow' {\n  interface ProjectWorkflows ${text}\n}\n`;
}

/** What is imported and not used is an error of some programs. Texts, comments, names of members are no use. */
function usesJson(text: string): boolean {
  const types = text.replaceAll(/"(?:[^"\\]|\\.)*"|^ *\/\*\*.*$/gm, '');

  return /\bJson\b(?!\??:)/.test(types);
}

function typeOfDefinition(definition: Definition, world: KnownWorld): Written {
  return mapping([
    { name: 'input', type: typeOfInput(definition) },
    { name: 'output', type: typeOfOutput(definition, world) },
    { name: 'signals', type: typeOfSignals(definition) },
  ]);
}

function typeOfInput({ input }: Definition): Written {
  const members = Object.entries(input).map(([name, rules]) => memberOf(name, rules));

  // Of `{}` a compiler refuses no member.
  return members.length === 0 ? 'Readonly<Record<string, never>>' : mapping(members);
}

function memberOf(name: string, rules: InputProperty): Member {
  return { name, type: typeOfRules(rules), isOptional: !rules.required, about: rules.description };
}

/** One of several has the members of the others too, as what is not there: so that each can be asked for. */
function typeOfOutput(definition: Definition, world: KnownWorld): Written {
  const possible = possibleOutputsIn(definition, world);
  const names = new Set(possible.flatMap((output) => Object.keys(output ?? {})));

  return anyOf(
    possible.map((output) =>
      output === null
        ? 'null'
        : mapping(
            [...names].map((name): Member => {
              const given = Object.hasOwn(output, name) ? output[name] : undefined;
              if (given === undefined) return { name, type: 'undefined', isOptional: true };
              const type = typeOfShape(given.shape);
              return { name, type: given.mayBeNull ? anyOf([type, 'null']) : type };
            }),
          ),
    ),
  );
}

/** A name that is made of expressions may be any that has what stands around them. */
function typeOfSignals(definition: Definition): Written {
  const taken = new Map<string, Written[]>();
  for (const { task } of graphOf(definition).sites.values()) {
    if (task.type !== 'WAIT' || task.signal === undefined) continue;
    const type = task.returns === undefined ? 'Json' : typeOfRules(task.returns);
    taken.set(task.signal, [...(taken.get(task.signal) ?? []), type]);
  }
  const made = [...taken.keys()].filter((name) => templateParts(name).parts.length > 0);
  const plain = [...taken].filter(([name]) => !made.includes(name));
  const also = plain.filter(([name]) => made.some((template) => mayBeNamed(template, plainText(name))));
  // A name may be made by several of them, and those that are written out among them have to be alike.
  const ofMade = anyOf(
    [...made.map((name) => taken.get(name) ?? []), ...also.map(([, types]) => types)].flat(),
  );

  return mapping([
    ...plain.map(([name, types]): Member => ({ name: plainText(name), type: anyOf(types) })),
    ...[...new Set(made.map(patternOf))].map(
      (pattern): Member => ({ name: `[name: ${pattern}]`, isPattern: true, type: ofMade }),
    ),
  ]);
}

function mayBeNamed(template: string, name: string): boolean {
  const { texts } = splitTemplate(template);
  const [first = '', ...rest] = texts;
  if (!name.startsWith(first)) return false;
  let from = first.length;
  for (const text of rest) {
    const at = name.indexOf(text, from);
    if (at === -1) return false;
    from = at + text.length;
  }

  return name.endsWith(texts.at(-1) ?? '');
}

function patternOf(template: string): string {
  const { texts, whole } = splitTemplate(template);
  const inPattern = (text: string): string =>
    text
      .replaceAll(/[\\`]|\$(?=\{)/g, '\\$&')
      .replaceAll('\n', '\\n')
      .replaceAll('\r', '\\r');

  return whole ? 'string' : `\`${texts.map(inPattern).join('${string}')}\``;
}

/** What stands before, between and after its expressions. */
function splitTemplate(template: string): { readonly texts: readonly string[]; readonly whole: boolean } {
  const { parts, whole } = templateParts(template);
  const ends = [...parts.map(({ offset }) => offset - 2), template.length];
  const begins = [0, ...parts.map(({ source, offset }) => offset + source.length + 1)];

  return { texts: begins.map((begin, index) => plainText(template.slice(begin, ends[index]))), whole };
}

/** In a template `$${` stands for `${`. */
function plainText(template: string): string {
  return template.replaceAll('$${', '${');
}

function typeOfRules(rules: InputProperty): Written {
  const type = rules.enum === undefined ? typeOfValues(rules) : anyOf(rules.enum.map(literalType));

  return rules.nullable === true ? anyOf([type, 'null']) : type;
}

function typeOfValues({ type, items, members, open }: InputProperty): Written {
  switch (type) {
    case 'string':
    case 'boolean':
    case 'number':
      return type;
    case 'integer':
      return 'number';
    case 'array':
      return `readonly ${inBrackets(isMapping(items) ? typeOfRules(items as unknown as InputProperty) : 'Json')}[]`;
    case 'object':
      return members === undefined
        ? 'Readonly<Record<string, Json>>'
        : mapping([
            ...Object.entries(members).map(([name, member]) => memberOf(name, member)),
            ...(open === true ? [{ name: '[name: string]', isPattern: true, type: 'unknown' }] : []),
          ]);
    default:
      return 'Json';
  }
}

function typeOfShape({ type, items, members, sure = [] }: TypeShape): Written {
  switch (type) {
    case 'text':
    case 'timestamp':
    case 'duration':
      return 'string';
    case 'number':
    case 'boolean':
    case 'null':
      return type;
    case 'list':
      return `readonly ${inBrackets(items === undefined ? 'Json' : typeOfShape(items))}[]`;
    case 'map':
      return members === undefined
        ? 'Readonly<Record<string, Json>>'
        : mapping(
            Object.entries(members).map(
              ([name, member]): Member => ({
                name,
                type: typeOfShape(member),
                isOptional: !sure.includes(name),
              }),
            ),
          );
    case 'any':
      return 'Json';
  }
}

function literalType(value: Json): Written {
  if (Array.isArray(value)) return `readonly [${value.map((item: Json) => literalType(item)).join(', ')}]`;
  if (!isMapping(value)) return JSON.stringify(value);

  return mapping(Object.entries(value).map(([name, member]) => ({ name, type: literalType(member) })));
}

/** Each of them once; what may be anything may be each of them. */
function anyOf(types: readonly Written[]): Written {
  const all = [...new Set(types)];

  return all.length === 0 ? 'never' : all.includes('Json') ? 'Json' : all.join(' | ');
}

function inBrackets(type: Written): Written {
  return /[| ]/.test(type) ? `(${type})` : type;
}

function mapping(members: readonly Member[]): Written {
  if (members.length === 0) return '{}';
  const lines = members.map(({ name, type, isOptional = false, isPattern = false, about }) => {
    const key = isPattern || /^[A-Za-z_$][\w$]*$/.test(name) ? name : JSON.stringify(name);
    return `${commentOf(about)}  readonly ${key}${isOptional ? '?' : ''}: ${indented(type)};\n`;
  });

  return `{\n${lines.join('')}}`;
}

function commentOf(about = ''): string {
  const text = about.replaceAll(/\s+/g, ' ').replaceAll('*/', '* /').trim();
  if (text === '') return '';

  return `  /** ${text.length > aboutMax ? `${text.slice(0, aboutMax - 1)}…` : text} */\n`;
}

function indented(text: string): string {
  return text.replaceAll('\n', '\n  ');
}
