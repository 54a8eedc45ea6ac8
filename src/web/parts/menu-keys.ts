import type { KeyboardEvent } from 'react';

/**
 * Escape closes an open menu and leads back to what opened it. Where there is nothing to close the key goes back a
 * page, as everywhere; and a dialog that was opened from the menu is closed by itself.
 */
export function closeMenuOnEscape(event: KeyboardEvent<HTMLDetailsElement>): void {
  const { key, currentTarget: menu, target } = event;
  const isInDialog = target instanceof Element && target.closest('dialog') !== null;
  if (key !== 'Escape' || !menu.open || isInDialog) return;
  event.preventDefault();
  menu.open = false;
  menu.querySelector('summary')?.focus();
}
