/** `system` follows what the machine is set to. */
export type Theme = 'system' | 'light' | 'dark';

const STORED_AS = '3ox-theme';
const themes: readonly Theme[] = ['system', 'light', 'dark'];

/** The theme that was chosen in this browser. */
export function storedTheme(): Theme {
  const stored = localStorage.getItem(STORED_AS);

  return themes.find((theme) => theme === stored) ?? 'system';
}

/** Shows a theme, and keeps the choice. */
export function applyTheme(theme: Theme): void {
  localStorage.setItem(STORED_AS, theme);
  if (theme === 'system') delete document.documentElement.dataset['theme'];
  else document.documentElement.dataset['theme'] = theme;
}

/** The theme that one more press of the switch leads to. */
export function nextTheme(theme: Theme): Theme {
  return themes[(themes.indexOf(theme) + 1) % themes.length] ?? 'system';
}
