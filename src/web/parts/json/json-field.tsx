import { useId, useState } from 'react';
import { messageOf } from '../../../lib/text.ts';
import type { Json, JsonRecord } from '../../api/json.ts';

export type JsonFieldProps = {
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
