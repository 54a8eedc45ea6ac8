import type { Readable, Vocabulary } from '../api/vocabulary.ts';
import type { ExpressionPlace } from './expression-place.ts';
import type { YamlPlace } from './yaml-place.ts';

/** What the language has, and what the text has that is written: absent until a text could be read. */
export type ExpressionWords = {
  readonly vocabulary: Vocabulary;
  readonly readable: Readable | undefined;
};

/** A word that may be written in an expression. */
export type OfferedWord = {
  readonly label: string;
  /** What is put in where it is not the word itself. */
  readonly apply?: string;
  /** Beside the word: its type, or how it is called. */
  readonly detail: string;
  readonly doc: string;
  readonly kind: 'variable' | 'property' | 'function' | 'method';
};

type Typed = Readable['inputs'][number];
type Where = Vocabulary['names'][number]['where'];

const anyType = 'any';
/** Types as inputs declare them, and as the checker tells them, by the values that have methods. */
const kinds: Readonly<Record<string, string>> = {
  string: 'text',
  text: 'text',
  array: 'list',
  list: 'list',
  object: 'map',
  map: 'map',
};
const isName = /^[A-Za-z_]\w*$/;

/** What may be written at a place of an expression. `around` is where the expression stands in the YAML. */
export function offeredWords(
  place: ExpressionPlace,
  around: YamlPlace,
  words: ExpressionWords,
): readonly OfferedWord[] {
  if (place.of === undefined) return freeWords(around, words);
  if (place.isOptional) return methodsFor('optional', words);
  if (place.of === 'unknown') return methodsFor(anyType, words);
  const found = membersOf(place.of, around, words);

  return [...found.members, ...methodsFor(found.type, words)];
}

function freeWords(around: YamlPlace, words: ExpressionWords): readonly OfferedWord[] {
  const { names, functions } = words.vocabulary;
  // A trigger comes before there is a run: it sees what it is fired for and nothing else.
  const isTrigger = placesOf(around).has('trigger');
  const tasks = isTrigger ? [] : (words.readable?.tasks ?? []);

  return [
    ...names
      .filter(({ where }) => (isTrigger ? where === 'trigger' : placesOf(around).has(where)))
      .map(({ name, doc }) => ({ label: name, detail: '', doc, kind: 'variable' as const })),
    ...tasks.map(({ id, name, type }) => ({
      label: id,
      ...(isName.test(id) ? {} : { apply: `tasks["${id}"]` }),
      detail: type,
      doc: name ?? `The task ${id}.`,
      kind: 'variable' as const,
    })),
    ...functions.map(({ name, signature, doc, example }) => ({
      ...{ label: name, apply: `${name}(`, detail: signature, kind: 'function' as const },
      doc: `${doc} Such as ${example}`,
    })),
  ];
}

function placesOf({ path, key = '' }: YamlPlace): ReadonlySet<Where> {
  const keys = new Set([...path, key]);
  const isBody = path.filter((part) => part === 'tasks').length > 1 || keys.has('loop_condition');

  return new Set<Where>([
    'everywhere',
    ...(isBody || path.includes('task') ? ['body' as const] : []),
    ...(keys.has('output') ? ['output' as const] : []),
    ...(keys.has('match') ? ['match' as const] : []),
    ...(path[1] === 'triggers' ? ['trigger' as const] : []),
  ]);
}

type Found = { readonly members: readonly OfferedWord[]; readonly type: string };

/** The members of what a path reads, and its type: '' where it is nothing that has methods. */
function membersOf(path: readonly string[], around: YamlPlace, words: ExpressionWords): Found {
  const [root = '', ...rest] = path;
  const { vocabulary, readable } = words;
  const named = vocabulary.names.find(({ name, where }) => name === root && placesOf(around).has(where));
  if (root === 'tasks') return rest.length === 0 ? taskIds(words) : ofTask(rest, words);
  if (root === 'workflow' && rest[0] === 'input') return typedMembers(readable?.inputs ?? [], rest.slice(1));
  if (root === 'workflow' && rest[0] === 'variables')
    return typedMembers(readable?.variables ?? [], rest.slice(1));
  if (named === undefined) return ofTask(path, words);
  if (rest.length > 0) return { members: [], type: anyType };

  return {
    members: properties(named.members),
    type: named.members.length > 0 || root === 'secrets' ? '' : anyType,
  };
}

function ofTask([id, member, ...rest]: readonly string[], { vocabulary, readable }: ExpressionWords): Found {
  const task = readable?.tasks.find((each) => each.id === id);
  // What no task is called is the variable of a loop: anything.
  if (task === undefined) return { members: [], type: anyType };
  if (member === undefined) return { members: properties(vocabulary.taskMembers), type: '' };
  if (member === 'output') return typedMembers(task.outputs ?? [], rest);
  if (member === 'error' && rest.length === 0)
    return { members: properties(vocabulary.errorMembers), type: '' };

  return { members: [], type: member === 'status' ? 'text' : anyType };
}

function taskIds({ readable }: ExpressionWords): Found {
  const tasks = (readable?.tasks ?? []).filter(({ id }) => isName.test(id));

  return {
    members: tasks.map(({ id, type, name = '' }) => ({
      label: id,
      detail: type,
      doc: name,
      kind: 'property',
    })),
    type: '',
  };
}

function typedMembers(typed: readonly Typed[], [name, ...deeper]: readonly string[]): Found {
  if (name === undefined) {
    const named = typed.filter((each) => isName.test(each.name));

    return {
      members: named.map(({ name: label, type, doc = '' }) => ({
        label,
        detail: type,
        doc,
        kind: 'property',
      })),
      type: '',
    };
  }
  const type = typed.find((each) => each.name === name)?.type ?? anyType;

  return deeper.length > 0 ? { members: [], type: anyType } : { members: [], type };
}

function properties(members: Vocabulary['taskMembers']): readonly OfferedWord[] {
  return members.map(({ name, doc }) => ({ label: name, detail: '', doc, kind: 'property' }));
}

function methodsFor(type: string, { vocabulary }: ExpressionWords): readonly OfferedWord[] {
  const kind = kinds[type] ?? type;

  return vocabulary.methods
    .filter(({ of }) => of.some((each) => each === kind || (kind === anyType && each !== 'optional')))
    .map(({ name, signature, doc, example }) => ({
      ...{ label: name, apply: `${name}(`, detail: signature, kind: 'method' as const },
      doc: `${doc} Such as ${example}`,
    }));
}
