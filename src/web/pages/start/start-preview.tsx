import type { FormField } from '../../../api/people.ts';
import type { JsonRecord } from '../../api/json.ts';
import { CopyButton } from '../../parts/copy-button.tsx';
import { startCommand, startCurl, withoutSecrets } from './start-input.ts';

export type StartPreviewProps = {
  readonly definition: string;
  readonly fields: readonly FormField[];
  readonly input: JsonRecord;
  /** As somebody typed it; empty: none. The command line has none. */
  readonly idempotencyKey: string;
};

/** The same start on the command line and over HTTP, as the form is filled in now. */
export function StartPreview({ definition, fields, input, idempotencyKey }: StartPreviewProps) {
  const command = startCommand(definition, fields, input);
  const curl = startCurl(window.location.origin, {
    definition,
    input: withoutSecrets(fields, input),
    ...(idempotencyKey === '' ? {} : { idempotencyKey }),
  });

  return (
    <details className="start-preview">
      <summary>The same by command or request</summary>
      <code>{command}</code>
      <span>
        <CopyButton label="Copy as CLI" text={command} />
      </span>
      <code>{curl}</code>
      <span>
        <CopyButton label="Copy as curl" text={curl} />
      </span>
    </details>
  );
}
