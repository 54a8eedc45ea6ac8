import type { Json } from '../../../events/canonical-json.ts';
import type { Definition } from '../../../machines/definition.ts';
import { checkInput } from '../../../machines/language/check-input.ts';
import { RequestRefused } from '../use-case.ts';
import { type EditProblem, editedInput } from './edited-input.ts';

type Inputs = Readonly<Record<string, Json>>;

/** The input of a run with its defaults. Throws RequestRefused with every problem. */
export function checkedInput(definition: Pick<Definition, 'input'>, given: Inputs): Inputs {
  const checked = checkInput(definition, given);
  if (checked.ok) return checked.input;

  throw invalidInput(checked.problems);
}

/** The old input with the given values replaced, checked as a whole. Throws RequestRefused. */
export function requestedEdit(definition: Pick<Definition, 'input'>, old: Inputs, edits: Inputs): Inputs {
  const edited = editedInput(definition, old, edits);
  if (edited.ok) return edited.input;

  throw invalidInput(edited.problems);
}

function invalidInput(problems: readonly EditProblem[]): RequestRefused {
  const [first] = problems;
  const missing = problems.filter(({ code }) => code === 'input.missing').map(({ name }) => name);
  const message = missing.length > 0 ? `missing input: ${missing.join(', ')}` : 'the input does not fit';
  const isSecret = first?.code === 'input.secret-edit';

  return new RequestRefused({
    code: first?.code ?? 'input.invalid',
    message: isSecret ? first.message : `${message}; nothing was changed`,
    problems: problems.map(problemOf),
  });
}

/** A form finds its field by this name. */
function problemOf({ code, name, message }: EditProblem) {
  return { code, severity: 'error' as const, message, path: name };
}
