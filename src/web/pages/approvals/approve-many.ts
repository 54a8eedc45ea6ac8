import type { ApprovalPage } from '../../../api/people.ts';
import { defaultValues, fieldErrors } from '../../parts/json/schema-values.ts';
import { approvalPath } from './approval-order.ts';

/** Approvals that ask for the same are answered together: those of one task of one definition. */
export function sameQuestion({ definition, task }: ApprovalPage): string {
  return `${definition.id} ${task.replaceAll(/(:\d+)?\[\d+\]/g, '[]')}`;
}

/** Why an approval cannot be chosen beside those that are; undefined: it can. */
export function whyNotChosen(approval: ApprovalPage, chosen: readonly ApprovalPage[]): string | undefined {
  const { mayAnswer, approvers, fields } = approval;
  const [first] = chosen;
  if (!mayAnswer) return `Only ${approvers} may answer this.`;
  if (Object.keys(fieldErrors(fields, defaultValues(fields))).length > 0)
    return 'It asks for values of its own: answer it by itself.';
  if (first !== undefined && sameQuestion(first) !== sameQuestion(approval))
    return 'Only approvals of the same task of the same definition are answered together.';

  return undefined;
}

/** What became of one of many. */
export type Answered = { readonly approval: ApprovalPage; readonly error: unknown };

/** Gives the same answer to each, one after another; one that is refused does not stop the others. */
export async function answerEach(
  approvals: readonly ApprovalPage[],
  answer: (approval: ApprovalPage) => Promise<unknown>,
): Promise<readonly Answered[]> {
  const answered: Answered[] = [];
  for (const approval of approvals) {
    const error = await answer(approval).then(
      () => undefined,
      (thrown: unknown) => thrown ?? new Error('it was refused'),
    );
    answered.push({ approval, error });
  }

  return answered;
}

/** Those that are chosen and still waited for. */
export function stillChosen(
  all: readonly ApprovalPage[],
  chosen: ReadonlySet<string>,
): readonly ApprovalPage[] {
  return all.filter((one) => chosen.has(approvalPath(one)));
}
