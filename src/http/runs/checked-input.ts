import { isBlobRef } from '../../../events/blob-ref.ts';
import type { Json } from '../../../events/canonical-json.ts';
import type { Definition } from '../../../machines/definition.ts';
import { checkInput, type InputProblem } from '../../../machines/language/check-input.ts';
import { RequestRefused } from '../api.ts';

type Inputs = Readonly<Record<string, Json>>;

/** The input of a run with its defaults. Throws RequestRefused with what is wrong with each. */
export function checkedInput(definition: Pick<Definition, 'input'>, given: Inputs): Inputs {
  const checked = checkInput(definition, given);
  if (checked.ok) return checked.input;

  throw invalidInput(checked.problems);
}

/** The old input with the given names replaced, checked as a whole. Throws RequestRefused. */
export function editedInput(definition: Pick<Definition, 'input'>, old: Inputs, edits: Inputs): Inputs {
  const isSecret = (name: string): boolean => definition.input[name]?.secret === true;
  const secret = Object.keys(edits).find(isSecret);
  if (secret !== undefined) {
    const message = `${secret} is a secret: it stays as it was given at the start`;
    throw new RequestRefused({
      code: 'input.secret-edit',
      message,
      problems: [problemOf({ code: 'input.secret-edit', name: secret, message })],
    });
  }
  // Secrets and values that are kept elsewhere stand in the old input by a mark: they cannot be checked, and stay.
  const stays = (name: string): boolean => isSecret(name) || (isBlobRef(old[name]) && !(name in edits));
  const without = <Value>(members: Readonly<Record<string, Value>>): Readonly<Record<string, Value>> =>
    Object.fromEntries(Object.entries(members).filter(([name]) => !stays(name)));

  return { ...old, ...checkedInput({ input: without(definition.input) }, { ...without(old), ...edits }) };
}

function invalidInput(problems: readonly InputProblem[]): RequestRefused {
  const [first] = problems;
  const missing = problems.filter(({ code }) => code === 'input.missing').map(({ name }) => name);
  const message = missing.length > 0 ? `missing input: ${missing.join(', ')}` : 'the input does not fit';

  return new RequestRefused({
    code: first?.code ?? 'input.invalid',
    message: `${message}; nothing was changed`,
    problems: problems.map(problemOf),
  });
}

/** The field of a form is found by its name. */
function problemOf({ code, name, message }: Omit<InputProblem, 'code'> & { readonly code: string }) {
  return { code, severity: 'error' as const, message, path: name };
}
