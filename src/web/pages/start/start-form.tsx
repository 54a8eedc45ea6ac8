import { type SubmitEvent, useMemo, useState } from 'react';
import { useLocation } from 'wouter';
import type { StartRequest } from '../../../api/commands.ts';
import type { FormField } from '../../../api/people.ts';
import { postJson } from '../../api/client.ts';
import type { JsonRecord } from '../../api/json.ts';
import { ChangeButton } from '../../parts/action-button.tsx';
import { CopyButton } from '../../parts/copy-button.tsx';
import { SchemaForm } from '../../parts/json/schema-form.tsx';
import { type FieldErrors, fieldErrors } from '../../parts/json/schema-values.ts';
import { ProblemNote } from '../../parts/problem-note.tsx';
import { useSession } from '../../session/session.ts';
import { changedNames, startCommand, startCurl, withoutSecrets } from './start-input.ts';

export type StartFormProps = {
  readonly definition: string;
  readonly fields: readonly FormField[];
  readonly input: JsonRecord;
  readonly onChange: (input: JsonRecord) => void;
};

/** The inputs, what is wrong with them once somebody tried to start, and the button. */
export function StartForm({ definition, fields, input, onChange }: StartFormProps) {
  const start = useStart(definition, input);
  const [isTried, setTried] = useState(false);
  const [key, setKey] = useState('');
  // Asked again after an answer that was lost, the same form starts nothing twice; a form that was changed is another.
  const own = useMemo(() => ({ input, key: newKey() }), [input]);
  const { readOnly } = useSession();
  const [touched, setTouched] = useState<ReadonlySet<string>>(new Set());
  const errors = fieldErrors(fields, input);
  const wrong = Object.keys(errors).length;

  const submit = (event: SubmitEvent): void => {
    event.preventDefault();
    setTried(true);
    if (wrong === 0) void start.run(key === '' ? own.key : key);
  };

  const change = (next: JsonRecord): void => {
    setTouched(new Set([...touched, ...changedNames(input, next)]));
    onChange(next);
  };

  return (
    <form className="form" noValidate onSubmit={submit}>
      <SchemaForm
        fields={fields}
        value={input}
        onChange={change}
        errors={isTried ? errors : onlyOf(errors, touched)}
      />
      <details>
        <summary>More</summary>
        <KeyField value={key} onChange={setKey} />
      </details>
      {isTried && wrong > 0 && <p className="field-wrong">{wrong} of the inputs cannot be used yet.</p>}
      {start.error !== undefined && <ProblemNote error={start.error} />}
      <div className="form-end">
        <ChangeButton type="submit" className="primary" disabled={start.isBusy}>
          {start.isBusy ? 'Starting ...' : 'Start the run'}
        </ChangeButton>
      </div>
      <StartPreview definition={definition} fields={fields} input={input} idempotencyKey={key} />
      {readOnly && <p className="soft">This dashboard is read-only: you cannot start runs here.</p>}
    </form>
  );
}

/** What nobody has come to yet is not called wrong. */
function onlyOf(errors: FieldErrors, touched: ReadonlySet<string>): FieldErrors {
  return Object.fromEntries(Object.entries(errors).filter(([name]) => touched.has(name)));
}

/** Random; not by `randomUUID`, which a page has only where it was loaded securely. */
function newKey(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) =>
    byte.toString(16).padStart(2, '0'),
  ).join('');
}

function KeyField({
  value,
  onChange,
}: {
  readonly value: string;
  readonly onChange: (value: string) => void;
}) {
  return (
    <label className="field">
      <strong>Idempotency key</strong>
      <input
        value={value}
        maxLength={200}
        autoComplete="off"
        onChange={(event) => onChange(event.target.value)}
      />
      <span className="field-help">
        Starting twice with the same key starts one run. Leave it empty to use a key made by this form.
      </span>
    </label>
  );
}

function useStart(definition: string, input: JsonRecord) {
  const [isBusy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>();
  const [, navigate] = useLocation();

  const run = async (key: string): Promise<void> => {
    setBusy(true);
    setError(undefined);
    const request: StartRequest = { definition, input, idempotencyKey: key };
    try {
      const recorded = await postJson(['runs'], request);
      navigate(`/runs/${recorded.run}`);
    } catch (thrown) {
      setError(thrown);
    } finally {
      setBusy(false);
    }
  };

  return { isBusy, error, run };
}

type StartPreviewProps = {
  readonly definition: string;
  readonly fields: readonly FormField[];
  readonly input: JsonRecord;
  /** As somebody typed it; empty: none. The command line has none. */
  readonly idempotencyKey: string;
};

/** The same start on the command line and over HTTP, as the form is filled in now. */
function StartPreview({ definition, fields, input, idempotencyKey }: StartPreviewProps) {
  const command = startCommand(definition, fields, input);
  const curl = startCurl(window.location.origin, {
    definition,
    input: withoutSecrets(fields, input),
    ...(idempotencyKey === '' ? {} : { idempotencyKey }),
  });

  return (
    <details className="start-preview">
      <summary>Do the same from the command line or the API</summary>
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
