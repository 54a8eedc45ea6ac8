import { useVirtualizer } from '@tanstack/react-virtual';
import { type ReactNode, useEffect, useRef } from 'react';

export type VirtualListProps<T> = {
  readonly items: readonly T[];
  readonly keyOf: (item: T) => string;
  readonly render: (item: T, index: number) => ReactNode;
  /** What the list is of, for screen readers. */
  readonly label: string;
  /** In pixels: what a row is taken to be high until it is measured. */
  readonly rowHeight: number;
  /** Of the list, in CSS: `60vh`. */
  readonly height?: string;
  /** The row that is brought into view when it changes. */
  readonly shownIndex?: number | undefined;
  /** Called when the last row comes into view. */
  readonly onEnd?: () => void;
};

/** A list of any length of which only what is in view is in the page. */
export function VirtualList<T>(props: VirtualListProps<T>) {
  const { items, keyOf, render, label, rowHeight, height = '60vh', shownIndex, onEnd } = props;
  const frame = useRef<HTMLDivElement>(null);
  const virtual = useVirtualizer({
    count: items.length,
    getScrollElement: () => frame.current,
    estimateSize: () => rowHeight,
    getItemKey: (index) => keyOfIndex(items, index, keyOf),
    overscan: 12,
  });
  const rows = virtual.getVirtualItems();
  const isAtEnd = (rows.at(-1)?.index ?? -1) >= items.length - 1 && items.length > 0;

  useEffect(() => {
    if (isAtEnd) onEnd?.();
  }, [isAtEnd, onEnd]);
  useEffect(() => {
    if (shownIndex !== undefined && shownIndex >= 0) virtual.scrollToIndex(shownIndex);
  }, [shownIndex, virtual]);

  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reached by the keyboard (WCAG 2.1.1).
    <section ref={frame} className="virtual" style={{ maxHeight: height }} aria-label={label} tabIndex={0}>
      <ul style={{ height: virtual.getTotalSize() }}>
        {rows.map((row) => (
          <li
            key={row.key}
            ref={virtual.measureElement}
            data-index={row.index}
            aria-setsize={items.length}
            aria-posinset={row.index + 1}
            style={{ transform: `translateY(${row.start}px)` }}
          >
            {rendered(items, row.index, render)}
          </li>
        ))}
      </ul>
    </section>
  );
}

function keyOfIndex<T>(items: readonly T[], index: number, keyOf: (item: T) => string): string {
  const item = items[index];

  return item === undefined ? String(index) : keyOf(item);
}

function rendered<T>(
  items: readonly T[],
  index: number,
  render: (item: T, index: number) => ReactNode,
): ReactNode {
  const item = items[index];

  return item === undefined ? null : render(item, index);
}
