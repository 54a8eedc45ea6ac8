import type { RunAction, RunPage } from '../../../api/run.ts';
import { JsonField } from '../../parts/json-field.tsx';
import { type Asked, changedInputs } from './asked-body.ts';

export type AskFieldsProps = {
  readonly action: RunAction;
  readonly page: RunPage;
  readonly asked: Asked;
  readonly onChange: (asked: Asked) => void;
};

/** The inputs of the run as text: only what was changed is sent. */
export function InputEdit({ page, asked, onChange }: Omit<AskFieldsProps, 'action'>) {
  return (
    <details>
      <summary>Edit the inputs</summary>
      <JsonField
        value={page.input}
        onChange={(value) => onChange({ ...asked, data: changedInputs(page.input, value) })}
      />
    </details>
  );
}
