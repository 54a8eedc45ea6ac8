import type { ReactNode } from 'react';
import { Panel } from '../parts/panel.tsx';
import { NothingFits } from './filter-bar.tsx';

export type ListPanelProps = {
  readonly title: string;
  readonly note?: string;
  readonly query: {
    readonly data: unknown;
    readonly error: unknown;
    readonly isPending: boolean;
    readonly refetch: () => Promise<unknown>;
  };
  /** How many there are, and how many of them the filter leaves. */
  readonly there: number;
  readonly shown: number;
  readonly onClear: () => void;
  /** What is said where there is nothing at all. */
  readonly nothing: ReactNode;
  readonly children: ReactNode;
};

/** A list with all its states: on its way, not there, empty, and empty because of the filter. */
export function ListPanel(props: ListPanelProps) {
  const { title, note, query, there, shown, onClear, nothing, children } = props;
  const empty = there > 0 ? <NothingFits onClear={onClear} /> : nothing;

  return (
    <Panel
      title={title}
      isFlush={shown > 0}
      isLoading={query.isPending}
      error={query.data === undefined ? query.error : undefined}
      onRetry={() => void query.refetch()}
      empty={shown === 0 ? empty : undefined}
      {...(note === undefined ? {} : { note })}
    >
      {children}
    </Panel>
  );
}
