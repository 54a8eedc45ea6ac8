import type { InputProperty } from '../../../machines/definition.ts';
import { suggest } from '../../../machines/language/suggest.ts';
import { CliFailure } from '../cli-failure.ts';
import { quoted } from '../invocation.ts';

type Properties = Readonly<Record<string, InputProperty>>;

/** What was given for an input on the command line, as text. */
export type FlagValue = { readonly name: string; readonly text: string; readonly flag: string };

/**
 * Reads the flags that the definition makes: `--target_folder X`, `--target-folder=X`, `--strict_mode`,
 * `--no-strict_mode`. `known` are the flags of the command itself, for suggestions. Throws CliFailure.
 */
export function parseInputFlags(
  args: readonly string[],
  properties: Properties,
  known: readonly string[],
): readonly FlagValue[] {
  const values: FlagValue[] = [];
  const rest = [...args];
  for (let arg = rest.shift(); arg !== undefined; arg = rest.shift()) {
    if (!arg.startsWith('--') || arg === '--') throw notExpected(arg);
    const equals = arg.indexOf('=');
    const flag = equals === -1 ? arg : arg.slice(0, equals);
    const { name, negated } = inputOf(flag, properties, known);
    if (values.some((value) => value.name === name)) {
      throw new CliFailure('usage.repeated-flag', `${flag} is given twice`);
    }
    if (negated) values.push({ name, flag, text: 'false' });
    else
      values.push({
        name,
        flag,
        text: equals === -1 ? valueAfter(flag, properties[name], rest) : arg.slice(equals + 1),
      });
  }

  return values;
}

/** Reads `-i name=value`. Throws CliFailure. */
export function parsePairs(pairs: readonly string[], properties: Properties): readonly FlagValue[] {
  return pairs.map((pair) => {
    const equals = pair.indexOf('=');
    if (equals < 1) throw new CliFailure('usage.input', `-i takes name=value, not "${pair}"`);
    const name = pair.slice(0, equals);
    if (!Object.hasOwn(properties, name)) throw unknownInput(name, Object.keys(properties));

    return { name, flag: `-i ${name}`, text: pair.slice(equals + 1) };
  });
}

/** Whether the flag of an input needs no value: `--strict_mode` alone means true. */
export function isSwitch(property: InputProperty | undefined): boolean {
  return (
    property?.type === 'boolean' || (property?.type === undefined && typeof property?.default === 'boolean')
  );
}

function inputOf(flag: string, properties: Properties, known: readonly string[]) {
  const written = flag.slice(2);
  const name = nameOf(written, properties);
  if (name !== undefined) return { name, negated: false };
  const positive = written.startsWith('no-') ? nameOf(written.slice(3), properties) : undefined;
  if (positive !== undefined && isSwitch(properties[positive])) return { name: positive, negated: true };

  throw unknownFlag(flag, written, [
    ...Object.keys(properties),
    ...known.map((each) => each.replace(/^--/, '')),
  ]);
}

/** The input a flag means: as it is written, or with `-` for `_`. */
function nameOf(written: string, properties: Properties): string | undefined {
  if (Object.hasOwn(properties, written)) return written;

  return Object.keys(properties).find((name) => name.replaceAll('_', '-') === written.replaceAll('_', '-'));
}

function valueAfter(flag: string, property: InputProperty | undefined, rest: string[]): string {
  const [next] = rest;
  if (isSwitch(property)) {
    if (next !== 'true' && next !== 'false') return 'true';
  } else if (next === undefined || next.startsWith('--')) {
    throw new CliFailure(
      'usage.missing-value',
      `${flag} needs a value; one that begins with -- is given as ${flag}=...`,
    );
  }
  rest.shift();

  return next ?? '';
}

function notExpected(arg: string): CliFailure {
  const [, name, value] = /^([\w-]+)=(.*)$/s.exec(arg) ?? [];

  return new CliFailure(
    'usage.unexpected-argument',
    `"${arg}" is not expected here; inputs are given as --name value`,
    name === undefined ? undefined : `--${name} ${quoted(value ?? '')}`,
  );
}

function unknownInput(name: string, inputs: readonly string[]): CliFailure {
  const meant = suggest(name, inputs);
  const known = inputs.length === 0 ? 'the definition takes no input' : `its inputs are ${inputs.join(', ')}`;

  return new CliFailure(
    'usage.unknown-input',
    `the definition has no input "${name}"`,
    meant === undefined ? known : `did you mean "${meant}"?`,
  );
}

function unknownFlag(flag: string, written: string, candidates: readonly string[]): CliFailure {
  const meant = suggest(written, candidates);
  const inputs =
    candidates.length === 0 ? 'the definition takes no input' : 'see workflow start <definition> --help';

  return new CliFailure(
    'usage.unknown-flag',
    `unknown flag ${flag}`,
    meant === undefined ? inputs : `did you mean --${meant}?`,
  );
}
