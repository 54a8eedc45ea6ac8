import { useState } from 'react';
import type { AskedCommand } from '../../../api/commands.ts';
import type { ApprovalPage } from '../../../api/people.ts';
import { ActionButton } from '../../parts/action-button.tsx';

export type DelegateButtonProps = {
  readonly page: ApprovalPage;
  readonly ask: (command: AskedCommand) => Promise<unknown>;
  readonly onDone: () => void;
  readonly unavailable: string | undefined;
};

/** Hands the answer over to somebody else. */
export function DelegateButton({ page, ask, onDone, unavailable }: DelegateButtonProps) {
  const [to, setTo] = useState('');
  const run = (reason: string | undefined): Promise<unknown> =>
    ask({
      kind: 'delegateApproval',
      task: page.task,
      to: to.trim(),
      ...(reason === undefined ? {} : { reason }),
    });

  return (
    <ActionButton
      label="Delegate ..."
      title={`Hand over "${page.name ?? page.task}"`}
      reason="optional"
      confirm="Hand over"
      unavailable={unavailable}
      run={run}
      onDone={onDone}
    >
      <label className="field">
        <strong>To whom</strong>
        <input value={to} required autoComplete="off" onChange={(event) => setTo(event.target.value)} />
        <span className="field-help">A name as the engine knows it, such as HUMAN or a person's.</span>
      </label>
    </ActionButton>
  );
}
