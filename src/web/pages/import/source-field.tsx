import { useId } from 'react';

/** A text, and the name of the file that it was read from; '' where it was pasted. */
export type Chosen = { readonly text: string; readonly file: string };

export type SourceFieldProps = {
  readonly label: string;
  readonly help: string;
  readonly chosen: Chosen;
  readonly onChoose: (chosen: Chosen) => void;
};

/** A text to paste, or a file to take it from. */
export function SourceField({ label, help, chosen: { text, file }, onChoose }: SourceFieldProps) {
  const id = useId();
  const take = async (found: File | undefined): Promise<void> => {
    if (found !== undefined) onChoose({ text: await found.text(), file: found.name });
  };

  return (
    <div className="field">
      <label htmlFor={id}>
        <strong>{label}</strong>
      </label>
      <textarea
        id={id}
        className="mono import-text"
        value={text}
        spellCheck={false}
        aria-describedby={`${id}-help`}
        onChange={({ target }) => onChoose({ text: target.value, file })}
      />
      <span id={`${id}-help`} className="field-help">
        {help}
      </span>
      <input
        type="file"
        aria-label={`${label} from a file`}
        accept=".json,application/json"
        onChange={({ target }) => void take(target.files?.[0])}
      />
    </div>
  );
}
