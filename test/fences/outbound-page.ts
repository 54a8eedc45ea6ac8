// The part of docs/outbound-events.md that is made from the schemas, so that it cannot tell anything else.
import { z } from 'zod';
import { outboundEvents } from '../../events/outbound-events.ts';
import { textOf } from './repository-files.ts';

type Schema = z.core.JSONSchema.JSONSchema;

const page = 'docs/outbound-events.md';
const marks = ['<!-- made from events/outbound-events.ts -->', '<!-- until here -->'] as const;

/** The page with its made part as it has to be. */
export function outboundPage(): string {
  const [before, rest = ''] = textOf(page).split(marks[0]);
  const [, after] = rest.split(marks[1]);

  return `${before}${marks[0]}\n\n${made()}\n${marks[1]}${after}`;
}

function made(): string {
  const types = Object.entries(outboundEvents);
  const common = namesIn(types.map(([, schema]) => schema));
  const rows = types.map(([type, schema]) => `| \`${type}\` | ${schema.description ?? ''} |`);
  const [, first] = types[0] ?? [];
  const shared = first === undefined ? [] : fieldsOf(first).filter(({ name }) => common.has(name));

  return [
    '| type | when |',
    '|---|---|',
    ...rows,
    '',
    'The `data` of every event:',
    '',
    ...shared.map(line),
    '',
    ...types.flatMap(([type, schema]) => {
      const own = fieldsOf(schema).filter(({ name }) => !common.has(name));
      return own.length === 0 ? [] : [`And of \`${type}\`:`, '', ...own.map(line), ''];
    }),
  ].join('\n');
}

type Field = { readonly name: string; readonly isOptional: boolean; readonly schema: Schema };

function namesIn(schemas: readonly z.ZodObject[]): ReadonlySet<string> {
  const [first = [], ...others] = schemas.map((schema) => fieldsOf(schema).map(({ name }) => name));

  return new Set(first.filter((name) => others.every((names) => names.includes(name))));
}

function fieldsOf(schema: z.ZodObject): readonly Field[] {
  const { properties = {}, required = [] } = z.toJSONSchema(schema, { io: 'input' });

  return Object.entries(properties).flatMap(([name, each]) =>
    typeof each === 'boolean' ? [] : [{ name, isOptional: !required.includes(name), schema: each }],
  );
}

function line({ name, isOptional, schema }: Field): string {
  return `- \`${name}${isOptional ? '?' : ''}\`${schema.description === undefined ? '' : `: ${schema.description}`}`;
}
