import type { Argument, Command, Option } from 'commander';
import { commandCalled } from '../program/run-options.ts';

/** What may be said of a word that is being typed. */
export type Asked = {
  /** Words that are known without a look at the project. */
  readonly words: readonly Candidate[];
  /** What else it names; `run`: whose tasks. */
  readonly names?: { readonly of: Named; readonly run?: string };
  /** `start`: the inputs of this definition are flags. */
  readonly inputsOf?: string;
};
export type Candidate = { readonly word: string; readonly about: string };
export type Named = 'run' | 'task' | 'definition' | 'agent' | 'trigger' | 'code';

/** By the name of an argument, or of the value of an option. */
const namedBy: Readonly<Record<string, Named>> = {
  run: 'run',
  other: 'run',
  task: 'task',
  definition: 'definition',
  definitions: 'definition',
  one: 'definition',
  id: 'definition',
  name: 'definition',
  agent: 'agent',
  trigger: 'trigger',
  schedule: 'trigger',
  code: 'code',
};

/** Commands whose argument `name` or `id` is of something else. */
const otherNames = new Set(['workset', 'goals', 'demo', 'tokens', 'approvals']);

/** What the last of the words may become; it is '' where nothing of it was typed yet. */
export function askedAtCursor(program: Command, words: readonly string[]): Asked {
  const typed = words.slice(0, -1);
  const word = words.at(-1) ?? '';
  const { command, given, option } = stateAfter(program, typed);
  if (option !== undefined) return ofOption(option, command, given);
  if (word.startsWith('-')) {
    const options = [...command.options, ...program.options].filter(({ hidden }) => !hidden);
    const inputsOf = command.name() === 'start' ? given[0] : undefined;
    return { words: options.map(ofFlag), ...(inputsOf === undefined ? {} : { inputsOf }) };
  }
  if (command.commands.length > 0) {
    return { words: command.commands.map((each) => ({ word: each.name(), about: each.description() })) };
  }

  return ofArgument(command, given);
}

type State = {
  readonly command: Command;
  /** What was given to the command, options and their values apart. */
  readonly given: readonly string[];
  /** The option whose value comes next. */
  readonly option: Option | undefined;
};

function stateAfter(program: Command, words: readonly string[]): State {
  let command = program;
  let option: Option | undefined;
  const given: string[] = [];
  for (const word of words) {
    if (option !== undefined) {
      option = undefined;
      continue;
    }
    const next = given.length === 0 ? commandCalled(command, word) : undefined;
    if (next !== undefined) command = next;
    else if (word.startsWith('-')) option = optionThatTakes(program, command, word);
    else given.push(word);
  }

  return { command, given, option };
}

/** Undefined where the option is not known, takes nothing, or has its value behind `=`. */
function optionThatTakes(program: Command, command: Command, word: string): Option | undefined {
  const option = [...command.options, ...program.options].find(
    ({ long, short }) => long === word || short === word,
  );

  return option?.required === true ? option : undefined;
}

function ofFlag({ long, short, description }: Option): Candidate {
  return { word: long ?? short ?? '', about: description };
}

function ofOption({ argChoices = [], flags }: Option, command: Command, given: readonly string[]): Asked {
  const [, value = ''] = /<([\w-]+)/.exec(flags) ?? [];

  return { words: argChoices.map((word) => ({ word, about: '' })), ...namesOf(value, command, given) };
}

function ofArgument(command: Command, given: readonly string[]): Asked {
  const places = command.registeredArguments;
  const last = places.at(-1);
  const place: Argument | undefined = places[given.length] ?? (last?.variadic === true ? last : undefined);
  if (command.name() === 'help') {
    return {
      words: (command.parent?.commands ?? []).map((each) => ({
        word: each.name(),
        about: each.description(),
      })),
    };
  }
  // Every start has a definition first, whatever else it is called.
  const name = place?.name() ?? (command.name() === 'start' && given.length === 0 ? 'definition' : '');

  return {
    words: (place?.argChoices ?? []).map((word) => ({ word, about: '' })),
    ...namesOf(name, command, given),
  };
}

function namesOf(name: string, command: Command, given: readonly string[]): Pick<Asked, 'names'> {
  const of = namedBy[name];
  if (of === undefined || (of === 'definition' && otherNames.has(command.parent?.name() ?? ''))) return {};
  if (of === 'definition' && otherNames.has(command.name())) return {};
  const run = of === 'task' ? given[0] : undefined;

  return { names: { of, ...(run === undefined ? {} : { run }) } };
}
