import { dump } from 'js-yaml';
import type { z } from 'zod';
import { InexactNumber, parseJsonText } from '../../../events/json-text.ts';
import type { CommandPlace } from '../../api/operations/operation.ts';
import type { UseCase } from '../../operations/use-case.ts';
import { formatTable } from '../../terminal/render/table.ts';
import { oneLine } from '../../terminal/render/width.ts';
import { CliFailure } from '../cli-failure.ts';
import type { ExitCode } from '../exit-codes.ts';
import { type Invocation, refuseUnlessRuns } from '../invocation.ts';
import { carriedOutAsRead, inputAsRead, withPorts } from '../with-ports.ts';

/** What was typed: texts, and true for an option that takes none. */
export type TypedMembers = { readonly as: string | undefined; readonly members: Record<string, unknown> };
export type AskedOperation = {
  readonly noun: string;
  readonly verb: string;
  readonly place: CommandPlace;
  readonly load: () => Promise<UseCase>;
};

/** Any command that is declared as an operation: reads what was typed, carries it out and shows what is answered. */
export async function askOperation(
  invocation: Invocation,
  { noun, verb, place, load }: AskedOperation,
  { as, members }: TypedMembers,
): Promise<ExitCode> {
  const { output } = invocation;
  const useCase = await load();
  const input = readInput(useCase.input, place, members);
  if (place.arguments?.includes('run') === true) await refuseUnlessRuns(invocation);

  return withPorts<ExitCode>(invocation, async (ports) => {
    const answer = (await carriedOutAsRead(invocation, ports, useCase, { input, as })) as Answer;
    output.document(kindOf(noun, verb), answer);
    output.data(answerText(answer, place, output.columns()));

    return place.exit?.codes[String(answer[place.exit.of])] ?? 0;
  });
}

type Answer = Readonly<Record<string, unknown>>;

/** `TriggersList`. */
function kindOf(...words: readonly string[]): string {
  return words.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join('');
}

/** A text is taken as it is where its member takes texts, and as JSON where it does not. Throws CliFailure. */
function readInput(schema: z.ZodObject, place: CommandPlace, members: TypedMembers['members']): Answer {
  const read = Object.entries(members).flatMap(([name, value]) => {
    const member = schema.shape[name] as z.ZodType | undefined;
    return value === undefined || member === undefined ? [] : [[name, readMember(member, value)]];
  });

  return inputAsRead(schema, Object.fromEntries(read), (member) => typedName(place, member)) as Answer;
}

/** A member as it is typed: `--to`, or `<run>`. */
function typedName({ arguments: places = [], options = {} }: CommandPlace, member: string): string {
  if (places.includes(member)) return `<${member}>`;

  return /--[\w-]+/.exec(options[member] ?? '')?.[0] ?? member;
}

function readMember(schema: z.ZodType, value: unknown): unknown {
  if (typeof value !== 'string' || schema.safeParse(value).success) return value;
  try {
    return parseJsonText(value);
  } catch (error) {
    if (error instanceof InexactNumber) throw new CliFailure(error.code, error.message);
    // What is wrong with the text the schema says itself.
    return value;
  }
}

function answerText(answer: Answer, { table }: CommandPlace, columns: number | undefined): string {
  const list = table === undefined ? undefined : answer[table.of];
  if (table === undefined || !Array.isArray(list)) return dump(answer, { lineWidth: -1 }).trimEnd();

  return formatTable(
    table.columns.map((column) => ({ title: titleOf(column), flexible: true })),
    (list as readonly Answer[]).map((row) => table.columns.map((column) => cellOf(memberAt(row, column)))),
    columns === undefined ? {} : { columns },
  );
}

/** `OUTCOME` of `latest.outcome`. */
function titleOf(column: string): string {
  return column.slice(column.lastIndexOf('.') + 1).toUpperCase();
}

function memberAt(row: Answer, column: string): unknown {
  return column.split('.').reduce<unknown>((value, name) => (value as Answer | undefined)?.[name], row);
}

function cellOf(value: unknown): string {
  if (value === undefined || value === null) return '';

  return oneLine(typeof value === 'string' ? value : JSON.stringify(value));
}
