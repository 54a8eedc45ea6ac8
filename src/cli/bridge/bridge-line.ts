import { suggest } from '../../../machines/language/suggest.ts';

/**
 * What a line of a chat asks for: nothing, the words of a command line, or something that cannot be asked so. `starts`:
 * it starts a run.
 */
export type BridgeLine =
  | { readonly kind: 'none' }
  | { readonly kind: 'command'; readonly words: readonly string[]; readonly starts: boolean }
  | { readonly kind: 'problem'; readonly message: string };

type Verb = {
  /** What comes behind the verb, as people read it. */
  readonly usage: string;
  /** The most words that are no pairs. */
  readonly words: number;
  /** `name=value` that is the flag `--name value`. */
  readonly flags: readonly string[];
  /** The flag that takes every other pair; without one there may be none. */
  readonly others?: string;
  /** It goes on at once instead of following the run. */
  readonly detach?: true;
};

const verbs: Readonly<Record<string, Verb>> = {
  start: { usage: '<definition> name=value ...', words: 1, flags: [], others: '-i', detach: true },
  status: { usage: '[run]', words: 1, flags: [] },
  list: { usage: '[status=FAILED] [limit=5]', words: 0, flags: ['status', 'where', 'limit'] },
  approvals: { usage: '', words: 0, flags: [] },
  approve: {
    usage: '<run> [task] [comment="..."] [field=value ...]',
    words: 2,
    flags: ['comment'],
    others: '--field',
    detach: true,
  },
  reject: { usage: '<run> [task] [comment="..."]', words: 2, flags: ['comment'], detach: true },
  pause: { usage: '<run> [reason="..."]', words: 1, flags: ['reason'] },
  resume: { usage: '<run>', words: 1, flags: [], detach: true },
  cancel: { usage: '<run> [reason="..."]', words: 1, flags: ['reason'], detach: true },
};

const call = '@workflow';
const lineCharactersMax = 16_384;

/**
 * Reads a line such as `@workflow inventory-validation-v1 target_folder=0UT.3OX` or `@workflow approve 01kah3 sign`.
 * Whatever does not begin with `@workflow` is talk. Values with spaces stand in quotes, as in a shell.
 */
export function readBridgeLine(line: string): BridgeLine {
  const text = line.trimEnd();
  if (text !== call && !/^@workflow\s/.test(text)) return { kind: 'none' };
  if (text.length > lineCharactersMax)
    return problem(`the line has ${text.length} characters, at most ${lineCharactersMax} are read`);
  const words = wordsOf(text.slice(call.length));
  if (words === undefined) return problem('a quote is not closed');
  const [first, ...rest] = words;
  if (first === undefined || first === 'help') return problem(usageText());
  const verb = Object.hasOwn(verbs, first) ? verbs[first] : undefined;
  if (verb !== undefined) return commandOf(first, verb, rest);

  return commandOf('start', verbs['start'] as Verb, words);
}

function commandOf(name: string, verb: Verb, given: readonly string[]): BridgeLine {
  const words = given.filter((word) => !pair.test(word));
  const [file] = name === 'start' ? words : [];
  if (file !== undefined && !/^[\w.-]+(@\d+)?$/.test(file.replace(/\.(ya?ml|json)$/i, '/')))
    return problem(`${file}: a definition is named by its id here, never by a file`);
  const flag = words.find((word) => word.startsWith('-'));
  if (flag !== undefined) return problem(`${flag}: flags are not read here, write name=value`);
  if (words.length > verb.words || (verb.usage.startsWith('<') && words.length === 0))
    return problem(`expected ${call} ${name} ${verb.usage}`.trim());
  const pairs = given.flatMap((word) => {
    const [, key = '', value = ''] = pair.exec(word) ?? [];
    return key === '' ? [] : [{ key, value }];
  });
  const stray = verb.others === undefined ? pairs.find(({ key }) => !verb.flags.includes(key)) : undefined;
  if (stray !== undefined) return problem(strayText(name, verb, stray.key));
  const flags = pairs.flatMap(({ key, value }) =>
    verb.flags.includes(key) ? [`--${key}`, value] : [verb.others ?? '', `${key}=${value}`],
  );
  const detach = verb.detach === true ? ['--detach'] : [];

  return { kind: 'command', words: [name, ...words, ...flags, ...detach], starts: name === 'start' };
}

const pair = /^([\p{L}_][\p{L}\p{N}_.-]*)=(.*)$/su;

function strayText(name: string, { usage, flags }: Verb, key: string): string {
  const meant = suggest(key, flags);

  return meant === undefined
    ? `${key}= is not read here; expected ${call} ${name} ${usage}`.trim()
    : `${key}= is not read here; did you mean ${meant}=?`;
}

/** The words of a text, quotes taken off; undefined where a quote is not closed. */
function wordsOf(text: string): readonly string[] | undefined {
  const found = text.match(/(?:[^\s"']|"(?:\\.|[^"\\])*"|'[^']*')+|["']/g) ?? [];
  if (found.some((word) => word === '"' || word === "'")) return undefined;

  return found.map((word) =>
    word.replace(/"((?:\\.|[^"\\])*)"|'([^']*)'/g, (_, double?: string, single?: string) =>
      double === undefined ? (single ?? '') : double.replace(/\\(.)/g, '$1'),
    ),
  );
}

function usageText(): string {
  const lines = Object.entries(verbs).map(([name, { usage }]) => `${call} ${name} ${usage}`.trim());

  return [`${call} <definition> name=value ...`, ...lines].join('\n');
}

function problem(message: string): BridgeLine {
  return { kind: 'problem', message };
}
