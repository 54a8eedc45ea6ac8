import type { ReactNode } from 'react';

export type FilterBarProps = {
  readonly label: string;
  readonly value: string;
  readonly onChange: (value: string) => void;
  /** How many there are of how many, when a filter is set. */
  readonly shown: number;
  readonly of: number;
  readonly children?: ReactNode;
};

/** A field that narrows a list, and how much of it is left. */
export function FilterBar({ label, value, onChange, shown, of, children }: FilterBarProps) {
  return (
    <search className="chips">
      <input
        type="search"
        aria-label={label}
        placeholder={label}
        value={value}
        onChange={(event) => onChange(event.target.value)}
      />
      {children}
      <output className="soft">{shown === of ? `${of}` : `${shown} of ${of}`}</output>
    </search>
  );
}

/** Shown where a filter leaves nothing, which is not the same as nothing being there. */
export function NothingFits({ onClear }: { readonly onClear: () => void }) {
  return (
    <>
      <p>Nothing matches this filter.</p>
      <button type="button" onClick={onClear}>
        Clear the filter
      </button>
    </>
  );
}
