// The examples in the help of the commands. Method: each is read by the options and arguments that its command has, as
// commander reads a command line, without carrying anything out.
import type { Command } from 'commander';
import { expect, test } from 'vitest';
import { examples } from '../../../src/cli/program/examples.ts';
import { createProgram } from '../../../src/cli/program/program.ts';
import { commandCalled } from '../../../src/cli/program/run-options.ts';
import { guesses } from '../../../src/cli/program/wrong-guesses.ts';
import { createMemoryApp } from '../memory-app.ts';
import { createTestIo } from '../test-io.ts';

const program = createProgram(createMemoryApp(), createTestIo());

test('each command that does something has two or three examples, and no other has', () => {
  const counts = Object.fromEntries(Object.entries(examples).map(([name, lines]) => [name, lines.length]));
  for (const name of leaves(program)) expect([name, counts[name]]).toEqual([name, expect.toBeOneOf([2, 3])]);
  expect(Object.keys(examples).sort()).toEqual(leaves(program).sort());
});

test.each(Object.entries(examples).flatMap(([name, lines]) => lines.map((line) => [line, name])))(
  'workflow %s is a command line of workflow %s',
  (line, name) => {
    const words = wordsOf(line);
    const depth = name.split(' ').length;
    // The word of a group stands for its list.
    const command = commandAt(words.slice(0, depth)) ?? commandAt(wordsOf(name));
    const rest = words.slice(commandAt(words.slice(0, depth)) === undefined ? depth - 1 : depth);
    expect(command && fullName(command)).toBe(name);
    const { operands, unknown } = (command as Command).parseOptions(rest);
    // Options of every command, and behind -- or the inputs of a definition, anything.
    const left = program.parseOptions(unknown).unknown;
    if (!['worker', 'dev'].includes(name) && !name.endsWith('start')) expect(left).toEqual([]);
    const places = (command as Command).registeredArguments;
    expect(operands.length).toBeGreaterThanOrEqual(places.filter(({ required }) => required).length);
    if (!places.some(({ variadic }) => variadic) && !name.endsWith('start'))
      expect(operands.length).toBeLessThanOrEqual(places.length);
  },
);

test('what other tools call it leads to a command that there is', () => {
  for (const [guess, called] of Object.entries(guesses)) {
    expect([guess, commandCalled(program, guess)]).toEqual([guess, undefined]);
    if (called.startsWith('--')) continue;
    const [first = '', second] = called.split(' ');
    const command = commandCalled(program, first);
    expect([called, command?.name()]).toEqual([called, first]);
    if (second !== undefined && !second.startsWith('--'))
      expect([called, command && commandCalled(command, second)?.name()]).toEqual([called, second]);
  }
});

/** The commands without commands of their own, by their words. */
function leaves(command: Command): string[] {
  return command.commands.length === 0 ? [fullName(command)] : command.commands.flatMap(leaves);
}

function fullName(command: Command): string {
  return command.parent === null ? '' : [fullName(command.parent), command.name()].filter(Boolean).join(' ');
}

function commandAt(words: readonly string[]): Command | undefined {
  return words.reduce<Command | undefined>(
    (at, word) => (at === undefined ? undefined : commandCalled(at, word)),
    program,
  );
}

/** As a shell reads them: parts in quotes are one. */
function wordsOf(line: string): readonly string[] {
  return [...line.matchAll(/(?:[^\s'"]|'[^']*'|"[^"]*")+/g)].map(([word]) => word.replaceAll(/'/g, ''));
}
