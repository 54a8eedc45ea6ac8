import { z } from 'zod';
import { operatorToolPrefix } from '../../machines/definition.ts';
import type { ToolKinds, ToolPlace } from '../api/operations/operation.ts';
import type { LoadedOperation } from '../operations/load-operations.ts';
import type { AskOperation, JsonSchema, ListedTool, Members } from './asking.ts';

/** A tool that carries out one operation. */
export type OperationTool = {
  readonly listed: ListedTool;
  readonly call: (given: Members, ask: AskOperation) => Promise<Members>;
};

/** A tool for every operation that is declared as one, by their names. */
export function operationTools(operations: readonly LoadedOperation[]): ReadonlyMap<string, OperationTool> {
  const tools = operations.flatMap((operation) => {
    const { tool } = operation;
    if (tool === undefined) return [];

    return 'kinds' in tool ? kindTools(operation, tool) : [plainTool(operation, tool)];
  });

  return new Map(tools.map((tool) => [tool.listed.name, tool]));
}

function plainTool(operation: LoadedOperation, place: ToolPlace): OperationTool {
  const { noun, verb, summary, members = {}, useCase } = operation;
  const { triesFirst, without = [] } = place;
  const shown = {
    name: operatorToolPrefix + place.name,
    description: triesFirst === undefined ? summary : `${summary}. ${trialText(triesFirst)}`,
    inputSchema: inputSchema(described(useCase.input.shape, members), triesFirst),
    outputSchema: outputSchema(useCase.output, without),
    annotations: annotationsOf(operation, place),
  };

  return {
    listed: shown,
    call: async (given, ask) => {
      const input = triesFirst === undefined ? given : { [triesFirst]: true, ...given };

      return withoutMembers((await ask(`${noun}.${verb}`, input)) as Members, without);
    },
  };
}

function trialText(member: string): string {
  return `Tells only what would become of it, unless ${member} is false`;
}

/** One tool for each kind: its members stand beside those of the operation. */
function kindTools(operation: LoadedOperation, { of, kinds }: ToolKinds): readonly OperationTool[] {
  const { noun, verb, members = {}, useCase } = operation;
  const { [of]: union, ...beside } = useCase.input.shape as Readonly<Record<string, z.ZodType>>;
  const options = union instanceof z.ZodDiscriminatedUnion ? (union.options as readonly z.ZodObject[]) : [];

  return options.flatMap((option) => {
    const { kind, ...own } = option.shape as Readonly<Record<string, z.ZodType>>;
    const [name = ''] = kind instanceof z.ZodLiteral ? [...kind.values].map(String) : [];
    const place = kinds[name];
    if (place === undefined) return [];

    return [
      {
        listed: {
          name: operatorToolPrefix + place.name,
          description: place.summary,
          inputSchema: inputSchema({ ...described(beside, members), ...own }),
          outputSchema: outputSchema(useCase.output, []),
          annotations: annotationsOf(operation, place),
        },
        call: async (given, ask) => {
          const asked = Object.entries(given);
          const outer = Object.fromEntries(asked.filter(([member]) => Object.hasOwn(beside, member)));
          const inner = Object.fromEntries(asked.filter(([member]) => !Object.hasOwn(beside, member)));

          // The kind is that of the tool, whatever else is given: clients allow or forbid tools by their names.
          return (await ask(`${noun}.${verb}`, { ...outer, [of]: { ...inner, kind: name } })) as Members;
        },
      },
    ];
  });
}

function described(shape: object, members: Readonly<Record<string, string>>): Record<string, z.ZodType> {
  return Object.fromEntries(
    Object.entries(shape as Readonly<Record<string, z.ZodType>>).map(([name, schema]) => {
      const says = members[name];
      return [name, says === undefined ? schema : schema.describe(says)];
    }),
  );
}

function annotationsOf({ changes }: LoadedOperation, place: ToolPlace): ListedTool['annotations'] {
  return {
    readOnlyHint: !changes,
    destructiveHint: changes && place.destructive === true,
    idempotentHint: !changes || place.idempotent === true,
    openWorldHint: false,
  };
}

function inputSchema(shape: Record<string, z.ZodType>, triesFirst?: string): JsonSchema {
  const schema = jsonSchema(z.strictObject(shape), 'input');
  const properties = schema['properties'] as Record<string, object> | undefined;
  const trial = triesFirst === undefined ? undefined : properties?.[triesFirst];
  if (trial !== undefined) Object.assign(trial, { default: true });

  return schema;
}

function outputSchema(output: z.ZodType, without: readonly string[]): JsonSchema {
  return withoutSchema(jsonSchema(output, 'output'), without);
}

/** What is left out of a list is left out of each of its items. */
function withoutSchema(schema: JsonSchema, without: readonly string[]): JsonSchema {
  if (without.length === 0) return schema;
  const { required = [], ...rest } = schema as JsonSchema & { required?: readonly string[] };
  const properties = (schema['properties'] ?? {}) as Readonly<Record<string, unknown>>;
  const left = Object.entries(properties).filter(([name]) => !without.includes(name));
  const items = properties['items'] as { readonly items?: JsonSchema } | undefined;
  if (items?.items !== undefined)
    return {
      ...schema,
      properties: { ...properties, items: { ...items, items: withoutSchema(items.items, without) } },
    };

  return {
    ...rest,
    properties: Object.fromEntries(left),
    required: required.filter((name) => !without.includes(name)),
  };
}

function withoutMembers(answer: Members, without: readonly string[]): Members {
  if (without.length === 0) return answer;
  const { items } = answer;
  if (Array.isArray(items))
    return { ...answer, items: items.map((item: Members) => withoutMembers(item, without)) };

  return Object.fromEntries(Object.entries(answer).filter(([name]) => !without.includes(name)));
}

function jsonSchema(schema: z.ZodType, io: 'input' | 'output'): JsonSchema {
  const { $schema: _, ...converted } = z.toJSONSchema(schema, {
    io,
    unrepresentable: 'any',
    override: ({ jsonSchema: each }) => {
      // A later release may answer more, and clients hold answers against what they were told.
      if (io === 'output' && each.additionalProperties === false) delete each.additionalProperties;
    },
  });

  return { ...converted, type: 'object' };
}
