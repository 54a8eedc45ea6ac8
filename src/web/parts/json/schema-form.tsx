import { useId, useState } from 'react';
import type { FormField } from '../../../api/people.ts';
import { messageOf } from '../../../lib/text.ts';
import type { Json, JsonRecord } from '../../api/json.ts';
import { Tabs } from '../tabs.tsx';
import { type FieldErrors, fieldText, requiredFirst, typedValue } from './schema-values.ts';

export type SchemaFormProps = {
  readonly fields: readonly FormField[];
  readonly value: JsonRecord;
  readonly onChange: (value: JsonRecord) => void;
  /** By the name of the field; shown beside it. */
  readonly errors?: FieldErrors;
};

const tabs = [
  { id: 'form', label: 'Form' },
  { id: 'json', label: 'JSON' },
] as const;

/** A form made of the fields that a definition or an approval asks for, and the same values as JSON. */
export function SchemaForm({ fields, value, onChange, errors = {} }: SchemaFormProps) {
  const [tab, setTab] = useState('form');

  return (
    <Tabs tabs={tabs} selected={tab} onSelect={setTab} label="Input format">
      <div className="form schema-form">
        {tab === 'json' ? (
          <JsonField value={value} onChange={onChange} />
        ) : (
          <Fields fields={fields} value={value} onChange={onChange} errors={errors} />
        )}
      </div>
    </Tabs>
  );
}

function Fields({ fields, value, onChange, errors }: Required<SchemaFormProps>) {
  if (fields.length === 0) return <p className="soft">Nothing is asked for.</p>;

  return requiredFirst(fields).map((field) => (
    <SchemaField
      key={field.name}
      field={field}
      value={value[field.name]}
      error={errors[field.name]}
      onChange={(next) => {
        const { [field.name]: _before, ...rest } = value;
        onChange(next === undefined ? rest : { ...rest, [field.name]: next });
      }}
    />
  ));
}

type SchemaFieldProps = {
  readonly field: FormField;
  readonly value: Json | undefined;
  readonly error: string | undefined;
  readonly onChange: (value: Json | undefined) => void;
};

/** One field with its name, its help and what is wrong with it. */
function SchemaField({ field, value, error, onChange }: SchemaFieldProps) {
  const id = useId();

  return (
    <div className="field">
      <label htmlFor={id}>
        {field.name}
        {field.required ? <span className="soft"> (required)</span> : null}
      </label>
      <FieldInput field={field} id={id} value={value} isWrong={error !== undefined} onChange={onChange} />
      <span id={`${id}-help`} className="field-help">
        {helpOf(field)}
      </span>
      {error !== undefined && (
        <span id={`${id}-wrong`} className="field-wrong">
          {field.name} {error}
        </span>
      )}
    </div>
  );
}

type FieldInputProps = {
  readonly field: FormField;
  readonly id: string;
  readonly value: Json | undefined;
  readonly isWrong: boolean;
  readonly onChange: (value: Json | undefined) => void;
};

function FieldInput(props: FieldInputProps) {
  const { field } = props;
  if (field.enum !== undefined) return <ChoiceInput {...props} choices={field.enum} />;
  if (field.type === 'boolean') return <CheckInput {...props} />;

  return <TextInput {...props} />;
}

function TextInput({ field, id, value, isWrong, onChange }: FieldInputProps) {
  const [text, setText] = useState(() => fieldText(value));
  const [seen, setSeen] = useState(value);
  // Values also come from elsewhere: recent inputs, the JSON tab. What is being typed is not put into other words.
  if (JSON.stringify(seen) !== JSON.stringify(value)) {
    setSeen(value);
    if (JSON.stringify(typedValue(field, text)) !== JSON.stringify(value)) setText(fieldText(value));
  }
  const change = (next: string): void => {
    setText(next);
    onChange(typedValue(field, next));
  };
  const common = {
    id,
    value: text,
    required: field.required,
    'aria-invalid': isWrong,
    'aria-describedby': `${id}-help ${id}-wrong`,
  };
  if (field.type === 'array' || field.type === 'object') {
    return <textarea {...common} className="mono" onChange={(event) => change(event.target.value)} />;
  }

  return (
    <input
      {...common}
      type={field.secret === true ? 'password' : 'text'}
      inputMode={field.type === 'number' || field.type === 'integer' ? 'decimal' : 'text'}
      autoComplete="off"
      onChange={(event) => change(event.target.value)}
    />
  );
}

function CheckInput({ id, value, isWrong, onChange }: FieldInputProps) {
  return (
    <span className="check">
      <input
        id={id}
        type="checkbox"
        checked={value === true}
        aria-invalid={isWrong}
        aria-describedby={`${id}-help`}
        onChange={(event) => onChange(event.target.checked)}
      />
      <span className="soft">{value === undefined ? 'not given' : String(value)}</span>
    </span>
  );
}

function ChoiceInput({
  id,
  value,
  isWrong,
  onChange,
  field,
  choices,
}: FieldInputProps & { readonly choices: readonly Json[] }) {
  const texts = choices.map(fieldText);

  return (
    <select
      id={id}
      value={value === undefined ? '' : fieldText(value)}
      required={field.required}
      aria-invalid={isWrong}
      aria-describedby={`${id}-help`}
      onChange={(event) => onChange(choices[texts.indexOf(event.target.value)])}
    >
      <option value="">{field.required ? 'choose ...' : 'not given'}</option>
      {texts.map((text) => (
        <option key={text}>{text}</option>
      ))}
    </select>
  );
}

function helpOf({
  description,
  type,
  minimum,
  maximum,
  minLength,
  maxLength,
  pattern,
  secret,
}: FormField): string {
  const span = (low: number | undefined, high: number | undefined, unit: string): string | undefined =>
    low === undefined && high === undefined ? undefined : `${low ?? '...'} to ${high ?? '...'}${unit}`;
  const rules = [
    type,
    span(minimum, maximum, ''),
    span(minLength, maxLength, ' characters'),
    pattern === undefined ? undefined : `as ${pattern}`,
    secret === true ? 'secret: hidden in the journal and left out of links' : undefined,
  ].filter((rule) => rule !== undefined);

  return [description, rules.join(', ')].filter(Boolean).join(' · ');
}

type JsonFieldProps = {
  readonly value: JsonRecord;
  readonly onChange: (value: JsonRecord) => void;
};

/** An object as JSON text. What is no object stays in the box and says why; the value before it counts. */
export function JsonField({ value, onChange }: JsonFieldProps) {
  const id = useId();
  const [text, setText] = useState(() => JSON.stringify(value, null, 2));
  const [wrong, setWrong] = useState('');

  const change = (next: string): void => {
    setText(next);
    const read = readObject(next);
    setWrong(typeof read === 'string' ? read : '');
    if (typeof read !== 'string') onChange(read);
  };

  return (
    <div className="field">
      <label htmlFor={id}>Values as JSON</label>
      <textarea
        id={id}
        className="mono"
        rows={10}
        spellCheck={false}
        value={text}
        aria-invalid={wrong !== ''}
        aria-describedby={`${id}-wrong`}
        onChange={(event) => change(event.target.value)}
      />
      <span id={`${id}-wrong`} className="field-wrong">
        {wrong}
      </span>
    </div>
  );
}

function readObject(text: string): JsonRecord | string {
  try {
    const read = JSON.parse(text) as Json;
    if (typeof read === 'object' && read !== null && !Array.isArray(read)) return read as JsonRecord;

    return 'has to be an object: { "name": value }';
  } catch (error) {
    return messageOf(error);
  }
}
