import { useState } from 'react';
import type { FormField } from '../../api/people.ts';
import type { JsonRecord } from '../api/json.ts';
import { JsonField } from './json-field.tsx';
import { SchemaField } from './schema-field.tsx';
import { type FieldErrors, requiredFirst } from './schema-values.ts';
import { Tabs } from './tabs.tsx';

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
    <Tabs tabs={tabs} selected={tab} onSelect={setTab} label="How the values are given">
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
