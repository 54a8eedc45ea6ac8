import type { Json } from '../../../events/canonical-json.ts';
import type { Definition } from '../../../machines/definition.ts';
import { checkInput } from '../../../machines/language/check-input.ts';
import { type EditProblem, editedInput } from '../../operations/runs/edited-input.ts';
import { RequestRefused } from '../api.ts';

type Inputs = Readonly<Record<string, Json>>;

/** The input of a run with its defaults. Throws RequestRefused with what is wrong with each. */
export function checkedInput(definition: Pick<Definition, 'input'>, given: Inputs): Inputs {
  const checked = checkInput(definition, given);
  if (checked.ok) return checked.input;

  throw invalidInput(checked.problems);
}

/** The old input with the given names replaced, checked as a whole. Throws RequestRefused. */
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

/** The field of a form is found by its name. */
function problemOf({ code, name, message }: EditProblem) {
  return { code, severity: 'error' as const, message, path: name };
}
