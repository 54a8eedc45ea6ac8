import type { Workflows } from '../../../ports/workflows.ts';
import { approvalText } from '../approval-text.ts';
import { accepted } from '../commands/answer.ts';
import type { Invocation } from '../invocation.ts';

/** Who answers in a demo where nobody wants to be asked. */
const commander = 'CMD.BRIDGE';

export type Answering = {
  readonly invocation: Invocation;
  readonly workflows: Workflows;
  /** Asks the person at the terminal; the commander approves everything without. */
  readonly prompt?: ((question: string) => Promise<string>) | undefined;
};

/** Shows every approval that is asked for now, and answers it. */
export async function answerApprovals({ invocation, workflows, prompt }: Answering): Promise<void> {
  const { output, hint } = invocation;
  for (const asked of await workflows.approvals()) {
    const { run, address } = asked;
    output.note(indented(approvalText(invocation, asked, await workflows.view(run))));
    const said = prompt === undefined ? 'y' : await prompt(`  approve ${address}? [Y/n] `);
    const kind = /^n/i.test(said.trim()) ? 'reject' : 'approve';
    output.note(`    ${commander} says: ${kind}`);
    const answer = await workflows.command(run, { kind, task: address, by: commander }, commander);
    accepted(answer, hint);
  }
}

function indented(text: string): string {
  return text
    .split('\n')
    .map((line) => `    ${line}`)
    .join('\n');
}
