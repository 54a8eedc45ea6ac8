import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { postJson } from '../api/client.ts';
import { ActionButton } from '../parts/action-button.tsx';

type Fields = { readonly type: string; readonly data: string; readonly id: string; readonly subject: string };

const empty: Fields = { type: '', data: '{}', id: '', subject: '' };

/** Sends an event as if it had come from outside. */
export function EmitEvent() {
  const queries = useQueryClient();
  const [fields, setFields] = useState(empty);
  const emit = async (): Promise<void> => {
    await postJson(['events'], requestOf(fields));
    setFields(empty);
    await queries.invalidateQueries({ queryKey: ['events'] });
  };

  return (
    <ActionButton label="Emit an event ..." title="Emit an event" confirm="Emit" tone="primary" run={emit}>
      <Field
        name="Type"
        value={fields.type}
        onChange={(type) => setFields({ ...fields, type })}
        help="Such as order.paid"
      />
      <label className="field">
        <strong>Data, as JSON</strong>
        <textarea
          className="mono"
          value={fields.data}
          spellCheck={false}
          onChange={({ target }) => setFields({ ...fields, data: target.value })}
        />
      </label>
      <Field
        name="Subject (optional)"
        value={fields.subject}
        onChange={(subject) => setFields({ ...fields, subject })}
        help="What it is about"
      />
      <Field
        name="Id (optional)"
        value={fields.id}
        onChange={(id) => setFields({ ...fields, id })}
        help="Two events of the same id count once"
      />
    </ActionButton>
  );
}

type FieldProps = {
  readonly name: string;
  readonly value: string;
  readonly help: string;
  readonly onChange: (value: string) => void;
};

function Field({ name, value, help, onChange }: FieldProps) {
  return (
    <label className="field">
      <strong>{name}</strong>
      <input value={value} spellCheck={false} onChange={(event) => onChange(event.target.value)} />
      <span className="field-help">{help}</span>
    </label>
  );
}

function requestOf({ type, data, id, subject }: Fields) {
  if (type.trim() === '') throw new Error('say what type the event is of, such as order.paid');

  return {
    type: type.trim(),
    data: dataOf(data),
    ...(id.trim() === '' ? {} : { id: id.trim() }),
    ...(subject.trim() === '' ? {} : { subject: subject.trim() }),
  };
}

function dataOf(text: string): unknown {
  try {
    return JSON.parse(text.trim() === '' ? 'null' : text);
  } catch (cause) {
    throw new Error('the data is no JSON: names and texts stand in double quotes', { cause });
  }
}
