import { type CheckedText, checkText, isUsable } from '../../../machines/language/check-text.ts';
import type { LoadedDefinition } from '../../../machines/language/load-definition.ts';
import type { TextProblem } from '../../api/problem.ts';
import { textProblem } from './text-problem.ts';

/** The text is no definition that can be carried out. The reaction: mend what `problems` say. */
class DefinitionInvalid extends Error {
  override readonly name = 'DefinitionInvalid';
  readonly code = 'definition.invalid';
  readonly problems: readonly TextProblem[];

  constructor(file: string, problems: readonly TextProblem[]) {
    const errors = problems.filter(({ severity }) => severity === 'error');
    const [first] = errors;
    const more = errors.length > 1 ? `, and ${errors.length - 1} more` : '';
    super(
      `${file}:${first?.line ?? 1}:${first?.column ?? 1}  ${first?.path ?? ''}: ${first?.message ?? ''}${more}`,
    );
    this.problems = problems;
  }
}

/** The definition that a text is. Throws DefinitionInvalid. */
export function usableDraft({
  file,
  text,
}: {
  readonly file: string;
  readonly text: string;
}): LoadedDefinition {
  const checked: CheckedText = checkText({ file, content: text });
  if (checked.loaded !== undefined && isUsable(checked)) return checked.loaded;

  throw new DefinitionInvalid(file, checked.problems.map(textProblem));
}
