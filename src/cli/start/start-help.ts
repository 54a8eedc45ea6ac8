import type { Definition, InputProperty } from '../../../machines/definition.ts';
import { formatTable } from '../../terminal/render/table.ts';
import { oneLine } from '../../terminal/render/width.ts';
import type { Output } from '../output.ts';
import { isSwitch } from './input-flags.ts';
import { secretVariable } from './read-input.ts';

export type HelpOptions = { readonly output: Output; readonly knownFlags: readonly string[] };

/** What `workflow start <definition> --help` says before the options that every start has. */
export function startHelp(definition: Definition, name: string, { output, knownFlags }: HelpOptions): string {
  const { paint } = output;
  // A flag of the command itself goes first; an input of that name is given by -i.
  const flagOf = (input: string): string =>
    knownFlags.includes(`--${input}`) ? `-i ${input}=` : `--${input}`;
  const inputs = Object.entries(definition.input);
  const required = inputs.filter(([, { required: must, secret }]) => must && !secret);
  const example = [
    'workflow start',
    name,
    ...required.map(([input, property]) => exampleFlag(flagOf(input), property)),
  ].join(' ');
  const columns = output.columns();
  const table = formatTable(
    [{ title: 'FLAG' }, { title: 'TYPE' }, { title: 'DEFAULT' }, { title: 'MEANING', flexible: true }],
    inputs.map(([input, property]) => [
      flagOf(input),
      typeText(property),
      defaultText(property),
      meaning(input, property),
    ]),
    columns === undefined ? {} : { columns },
  );

  return [
    `${paint.bold(`${definition.id} v${definition.version}`)}${definition.name === undefined ? '' : `  ${definition.name}`}`,
    ...(definition.description === undefined ? [] : [definition.description.trim()]),
    '',
    'Example:',
    `  ${example}`,
    '',
    inputs.length === 0 ? 'The definition takes no input.' : `Inputs:\n${table.replace(/^/gm, '  ')}`,
    '',
  ].join('\n');
}

function exampleFlag(flag: string, property: InputProperty): string {
  const value = property.type === 'number' || property.type === 'integer' ? '1' : '...';
  if (flag.endsWith('=')) return flag + (isSwitch(property) ? 'true' : value);

  return isSwitch(property) ? flag : `${flag} ${value}`;
}

function typeText({ type, enum: values, default: initial }: InputProperty): string {
  if (values !== undefined)
    return values.map((value) => (typeof value === 'string' ? value : JSON.stringify(value))).join('|');
  if (type !== undefined) return type;

  return initial === undefined || initial === null
    ? 'any'
    : Array.isArray(initial)
      ? 'array'
      : typeof initial;
}

function defaultText({ required, default: initial }: InputProperty): string {
  return required ? 'required' : initial === undefined ? '-' : JSON.stringify(initial);
}

function meaning(input: string, { description, secret }: InputProperty): string {
  return oneLine(
    [description ?? '', secret ? `secret: ${secretVariable(input)} or --input` : '']
      .filter(Boolean)
      .join('; '),
  );
}
