import { type ReactNode, type RefObject, type SyntheticEvent, useEffect, useId, useRef } from 'react';

export type DialogProps = {
  readonly title: string;
  readonly isOpen: boolean;
  readonly onClose: () => void;
  readonly children: ReactNode;
  /** Its buttons. What is safe comes first, and has the focus. */
  readonly footer?: ReactNode;
};

/**
 * A native modal dialog: Esc closes it, and the focus goes back to where it was. What has `data-first-focus` has the
 * focus at first.
 */
export function Dialog({ title, isOpen, onClose, children, footer }: DialogProps) {
  const ref = useRef<HTMLDialogElement>(null);
  const id = useId();
  useModal(ref, isOpen);
  // The browser closes a dialog at once and says so later. Whoever opens it again in between would see it close, so Esc
  // goes the way of every other closing, and what is said of an earlier closing is ignored.
  const cancel = (event: SyntheticEvent) => {
    event.preventDefault();
    onClose();
  };
  const closed = () => {
    if (ref.current?.open !== true) onClose();
  };

  return (
    <dialog ref={ref} aria-labelledby={id} onCancel={cancel} onClose={closed}>
      {isOpen && (
        <div className="dialog-body">
          <header>
            <h2 id={id}>{title}</h2>
            <button type="button" className="quiet" aria-label="Close" onClick={onClose}>
              ✕
            </button>
          </header>
          {children}
          {footer !== undefined && <footer>{footer}</footer>}
        </div>
      )}
    </dialog>
  );
}

function useModal(ref: RefObject<HTMLDialogElement | null>, isOpen: boolean): void {
  useEffect(() => {
    const dialog = ref.current;
    if (dialog === null || !isOpen) return;
    const before = document.activeElement;
    dialog.showModal();
    dialog.querySelector<HTMLElement>('[data-first-focus]')?.focus();

    return () => {
      if (dialog.open) dialog.close();
      giveFocusBack(before);
    };
  }, [ref, isOpen]);
}

/** To what had it; where that is hidden, to the menu that it stands in; where that is gone, to the page. */
function giveFocusBack(before: Element | null): void {
  const menu = before?.closest('details')?.querySelector('summary');
  for (const place of [before, menu, document.getElementById('page')]) {
    if (place instanceof HTMLElement) place.focus({ preventScroll: true });
    if (place === document.activeElement) return;
  }
}
