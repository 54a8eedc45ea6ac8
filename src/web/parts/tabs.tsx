import { type KeyboardEvent, type ReactNode, useId, useRef } from 'react';
import { nextIndex } from './roving.ts';

export type TabItem = { readonly id: string; readonly label: string };
export type TabsProps = {
  readonly tabs: readonly TabItem[];
  readonly selected: string;
  readonly onSelect: (id: string) => void;
  /** What the tabs are of. */
  readonly label: string;
  /** What the selected tab shows. */
  readonly children?: ReactNode;
};

/** Tabs that the arrow keys move along. */
export function Tabs({ tabs, selected, onSelect, label, children }: TabsProps) {
  const list = useRef<HTMLDivElement>(null);
  const id = useId();

  const move = (event: KeyboardEvent): void => {
    const next = nextIndex(event.key, { at: tabs.findIndex((tab) => tab.id === selected), of: tabs.length });
    const tab = next === undefined ? undefined : tabs[next];
    if (next === undefined || tab === undefined) return;
    event.preventDefault();
    onSelect(tab.id);
    list.current?.querySelectorAll<HTMLElement>('[role=tab]')[next]?.focus();
  };

  return (
    <div>
      <div ref={list} className="tabs" role="tablist" aria-label={label} onKeyDown={move}>
        {tabs.map((tab) => (
          <button
            key={tab.id}
            id={`${id}-${tab.id}`}
            type="button"
            role="tab"
            aria-selected={tab.id === selected}
            aria-controls={`${id}-panel`}
            tabIndex={tab.id === selected ? 0 : -1}
            onClick={() => onSelect(tab.id)}
          >
            {tab.label}
          </button>
        ))}
      </div>
      <div id={`${id}-panel`} role="tabpanel" aria-labelledby={`${id}-${selected}`}>
        {children}
      </div>
    </div>
  );
}
