import { readFile, stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Json } from '../../../events/canonical-json.ts';
import { InexactNumber, parseJsonText } from '../../../events/json-text.ts';
import type { Definition, InputProperty } from '../../../machines/definition.ts';
import { checkInput, parseInputText } from '../../../machines/language/check-input.ts';
import { isAbsent } from '../../files/file-failure.ts';
import { messageOf } from '../../lib/text.ts';
import { type EditProblem, editedInput } from '../../operations/runs/checked-input.ts';
import type { CliIo } from '../app.ts';
import { CliFailure } from '../cli-failure.ts';
import { readBytesMax, tooLargeText } from '../node-io.ts';
import { type FlagValue, parseInputFlags, parsePairs } from './input-flags.ts';

export type InputSources = {
  /** What the command itself did not take: the flags of the definition. */
  readonly args: readonly string[];
  /** `-i name=value`. */
  readonly pairs: readonly string[];
  /** `--input`: a JSON file, or `-` for stdin. */
  readonly file: string | undefined;
  /** The flags of the command itself, for suggestions. */
  readonly knownFlags: readonly string[];
  /** Whether a person may be asked for what is missing. */
  readonly mayAsk: boolean;
};

type Input = Readonly<Record<string, Json>>;

/** The input of a run from all places it may come from: flags before `-i` before `--input` before the environment. */
export async function readInput(definition: Definition, sources: InputSources, io: CliIo): Promise<Input> {
  const properties = definition.input;
  const flags = [
    ...parsePairs(sources.pairs, properties),
    ...parseInputFlags(sources.args, properties, sources.knownFlags),
  ];
  refuseSecrets(flags, properties);
  const given = {
    ...secretsFromEnv(properties, io.env),
    ...(sources.file === undefined ? {} : await readInputFile(sources.file, io, '--input')),
    ...typedFlags(flags, properties),
  };
  const complete = sources.mayAsk ? await askForMissing(given, properties, io) : given;
  const checked = checkInput(definition, complete);
  if (!checked.ok) {
    throw invalidInput(checked.problems, {
      nothing: 'started',
      fix: `workflow start ${definition.id} --help`,
    });
  }

  return checked.input;
}

type EditSources = {
  /** `--input name=value`. */
  readonly pairs: readonly string[];
  /** `--input-file`: a JSON file, or `-` for stdin. */
  readonly file: string | undefined;
};

/** The input of a run with what the flags replace, checked as a whole; undefined without an edit. Throws CliFailure. */
export async function readEdits(
  definition: Definition,
  old: Input,
  { sources: { pairs, file }, io }: { readonly sources: EditSources; readonly io: CliIo },
): Promise<Input | undefined> {
  const flags = parsePairs(pairs, definition.input);
  const edits = {
    ...(file === undefined ? {} : await readInputFile(file, io, '--input-file')),
    ...typedFlags(flags, definition.input),
  };
  if (Object.keys(edits).length === 0) return undefined;
  const edited = editedInput(definition, old, edits);
  if (edited.ok) return edited.input;
  const secret = edited.problems.find(({ code }) => code === 'input.secret-edit');

  throw secret === undefined
    ? invalidInput(edited.problems, {
        nothing: 'changed',
        fix: `its inputs are ${Object.keys(definition.input).join(', ')}`,
      })
    : new CliFailure(secret.code, secret.message);
}

/** The environment variable that a secret input may come from. */
export function secretVariable(name: string): string {
  return `WORKFLOW_INPUT_${name.toUpperCase().replaceAll('-', '_')}`;
}

function typedFlags(flags: readonly FlagValue[], properties: Definition['input']): Input {
  const typed: [string, Json][] = flags.map(({ name, flag, text }) => {
    const property = properties[name];
    const parsed =
      property === undefined ? ({ ok: true, value: text } as const) : parseInputText(property, text);
    if (!parsed.ok)
      throw new CliFailure('input.mistyped', `${flag}: ${parsed.reason}`, exampleOf(flag, property?.type));

    return [name, parsed.value];
  });

  return Object.fromEntries(typed);
}

const examples: Readonly<Record<string, string>> = {
  integer: '3',
  number: '2.5',
  boolean: 'true',
  array: `'["a", "b"]'`,
  object: `'{"a": 1}'`,
};

function exampleOf(flag: string, type: string | undefined): string | undefined {
  const example = examples[type ?? ''];
  if (example === undefined) return undefined;

  return `such as ${flag}${flag.startsWith('-i') ? '=' : ' '}${example}`;
}

/** Other people of the machine can read the flags of a process, and shells keep them. */
function refuseSecrets(flags: readonly FlagValue[], properties: Definition['input']): void {
  for (const { name, flag } of flags) {
    if (properties[name]?.secret !== true) continue;
    const fix = `set ${secretVariable(name)}, or give it with --input <file> or --input -`;
    throw new CliFailure(
      'input.secret-flag',
      `${flag}: a secret is never given as a flag, where others can read it`,
      fix,
    );
  }
}

/** Secret inputs, from the environment. Throws CliFailure. */
export function secretsFromEnv(properties: Definition['input'], env: CliIo['env']): Input {
  const found = Object.entries(properties).flatMap(([name, property]): [string, Json][] => {
    const text = property.secret ? env[secretVariable(name)] : undefined;
    if (text === undefined) return [];
    const parsed = parseInputText(property, text);
    if (!parsed.ok) throw new CliFailure('input.mistyped', `${secretVariable(name)}: ${parsed.reason}`);

    return [[name, parsed.value]];
  });

  return Object.fromEntries(found);
}

async function readInputFile(file: string, io: CliIo, flag: string): Promise<Input> {
  const shown = file === '-' ? 'stdin' : file;
  let value: unknown;
  try {
    const text = file === '-' ? await io.stdin() : await inputText(resolve(io.cwd, file));
    value = parseJsonText(text.replace(/^\uFEFF/, ''));
  } catch (error) {
    if (isAbsent(error)) throw noSuchFile(file, flag);
    const code = error instanceof InexactNumber ? error.code : 'input.unreadable';
    throw new CliFailure(code, `${flag} ${shown}: ${messageOf(error)}`);
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new CliFailure(
      'input.unreadable',
      `${flag} ${shown}: expected a JSON object with the inputs by name`,
    );
  }

  return value as Input;
}

/** A text that begins so is JSON that was given in place of the file that holds it. */
const beginsJson = /^\s*[[{]/;
const shownMax = 80;

function noSuchFile(file: string, flag: string): CliFailure {
  const shown = file.length > shownMax ? `${file.slice(0, shownMax)}…` : file;
  const fix = file.startsWith('@')
    ? `${flag} ${file.slice(1)}`
    : `the name of a file with a JSON object, or \`${flag} -\` for stdin, or -i <name>=<value> for each input`;

  return beginsJson.test(file)
    ? new CliFailure('input.unreadable', `${flag} takes a file, and ${shown} is JSON`, fix)
    : new CliFailure('input.unreadable', `${flag}: there is no file ${shown}`, fix);
}

/** What is larger is not read at all. */
async function inputText(path: string): Promise<string> {
  const { size } = await stat(path);
  if (size > readBytesMax) throw new Error(tooLargeText);

  return readFile(path, 'utf8');
}

async function askForMissing(given: Input, properties: Definition['input'], io: CliIo): Promise<Input> {
  if (io.prompt === undefined) return given;
  const answers: [string, Json][] = [];
  for (const [name, property] of Object.entries(properties)) {
    // What is typed is shown on the screen, so a secret is not asked for.
    if (!property.required || given[name] !== undefined || property.secret) continue;
    const text = await io.prompt(`${name}${describe(property)}: `);
    if (text === '') continue;
    const parsed = parseInputText(property, text);
    if (!parsed.ok) throw new CliFailure('input.mistyped', `${name}: ${parsed.reason}`);
    answers.push([name, parsed.value]);
  }

  return { ...given, ...Object.fromEntries(answers) };
}

function describe({ description, type }: InputProperty): string {
  const words = [type, description].filter((part) => part !== undefined);

  return words.length === 0 ? '' : ` (${words.join(': ')})`;
}

/** Says everything that is wrong with an input. `nothing` is what would have been done with it. */
function invalidInput(
  problems: readonly EditProblem[],
  { nothing, fix }: { readonly nothing: 'started' | 'changed'; readonly fix: string },
): CliFailure {
  const [first] = problems;
  const missing = problems.filter(({ code }) => code === 'input.missing').map(({ name }) => `--${name}`);
  const what = missing.length > 0 ? `missing input: ${missing.join(', ')}` : 'the input does not fit';

  return new CliFailure(first?.code ?? 'input.invalid', `${what}; nothing was ${nothing}`, fix, {
    text: problems.map(({ message: each }) => `  ${each}`).join('\n'),
    key: 'problems',
    data: problems,
  });
}
