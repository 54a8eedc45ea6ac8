import { isBlobRef } from '../../../events/blob-ref.ts';
import type { Json } from '../../../events/canonical-json.ts';
import type { Definition } from '../../../machines/definition.ts';
import { checkInput, type InputProblem } from '../../../machines/language/check-input.ts';
import { RequestRefused } from '../use-case.ts';

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

/** What is wrong with one of the names that should be replaced. */
export type EditProblem = Omit<InputProblem, 'code'> & {
  readonly code: InputProblem['code'] | 'input.secret-edit';
};

/** The input of a run with some names replaced, or everything that is wrong with it. */
type EditedInput =
  | { readonly ok: true; readonly input: Inputs }
  | { readonly ok: false; readonly problems: readonly EditProblem[] };

/**
 * The input of a run with the given names replaced, checked as a whole. A secret cannot be replaced: problems with the
 * code `input.secret-edit` are then the only ones.
 */
export function editedInput(
  { input: properties }: Pick<Definition, 'input'>,
  old: Inputs,
  edits: Inputs,
): EditedInput {
  const isSecret = (name: string): boolean => properties[name]?.secret === true;
  const secrets = Object.keys(edits).filter(isSecret);
  if (secrets.length > 0) return { ok: false, problems: secrets.map(secretEdit) };
  // Secrets and values that are kept elsewhere stand in the old input by a mark: they cannot be checked, and stay.
  const stays = (name: string): boolean => isSecret(name) || (isBlobRef(old[name]) && !(name in edits));
  const without = <Value>(members: Readonly<Record<string, Value>>): Readonly<Record<string, Value>> =>
    Object.fromEntries(Object.entries(members).filter(([name]) => !stays(name)));
  const checked = checkInput({ input: without(properties) }, { ...without(old), ...edits });

  return checked.ok ? { ok: true, input: { ...old, ...checked.input } } : checked;
}

function secretEdit(name: string): EditProblem {
  const message = `${name} is a secret: it stays as it was given at the start`;

  return { code: 'input.secret-edit', name, message };
}
