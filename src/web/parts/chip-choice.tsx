export type ChipChoiceProps<Id extends string> = {
  /** What is chosen, for those who cannot see it. */
  readonly label: string;
  readonly options: readonly { readonly id: Id; readonly label: string }[];
  readonly selected: string;
  readonly onSelect: (id: Id) => void;
};

/** One of a few, all of which are seen. */
export function ChipChoice<Id extends string>({ label, options, selected, onSelect }: ChipChoiceProps<Id>) {
  return (
    <fieldset className="chips plain">
      <legend className="sr-only">{label}</legend>
      {options.map((option) => (
        <button
          key={option.id}
          type="button"
          className="chip"
          aria-pressed={option.id === selected}
          onClick={() => onSelect(option.id)}
        >
          {option.label}
        </button>
      ))}
    </fieldset>
  );
}
