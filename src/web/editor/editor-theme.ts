import { HighlightStyle, syntaxHighlighting } from '@codemirror/language';
import { tags } from '@lezer/highlight';
import { EditorView } from 'codemirror';

/** The colours are the custom properties of the page: they reach into the shadow root, and follow the theme. */
export const editorTheme = EditorView.theme({
  '&': { height: '100%', color: 'var(--text)', backgroundColor: 'var(--raised)', fontSize: '13px' },
  '&.cm-focused': { outline: '2px solid var(--focus)', outlineOffset: '-2px' },
  '.cm-scroller': { fontFamily: 'var(--mono)', lineHeight: '1.5' },
  '.cm-content': { caretColor: 'var(--text)' },
  '.cm-cursor': { borderLeftColor: 'var(--text)' },
  '.cm-gutters': {
    color: 'var(--text-soft)',
    backgroundColor: 'var(--sunken)',
    borderRight: '1px solid var(--line)',
  },
  '.cm-activeLine, .cm-activeLineGutter': {
    backgroundColor: 'color-mix(in srgb, var(--accent) 9%, transparent)',
  },
  '&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground': {
    backgroundColor: 'color-mix(in srgb, var(--accent) 28%, transparent)',
  },
  '.cm-selectionMatch': { backgroundColor: 'color-mix(in srgb, var(--status-waiting) 22%, transparent)' },
  '&.cm-focused .cm-matchingBracket': {
    backgroundColor: 'var(--selected)',
    outline: '1px solid var(--accent)',
  },
  '.cm-foldPlaceholder': { color: 'var(--text-soft)', backgroundColor: 'var(--selected)', border: 'none' },
  // Pictures from data: URLs are refused by the content security policy: lines and glyphs are drawn by text.
  '.cm-lintRange': { backgroundImage: 'none', paddingBottom: '0', textUnderlineOffset: '3px' },
  '.cm-lintRange-error': { backgroundImage: 'none', textDecoration: 'underline wavy var(--status-failed)' },
  '.cm-lintRange-warning': {
    backgroundImage: 'none',
    textDecoration: 'underline wavy var(--status-waiting)',
  },
  '.cm-lint-marker': { width: 'auto', height: 'auto', lineHeight: '1.5', fontWeight: '700' },
  '.cm-lint-marker-error': { content: 'normal', color: 'var(--status-failed)' },
  '.cm-lint-marker-error:before': { content: '"✗"' },
  '.cm-lint-marker-warning': { content: 'normal', color: 'var(--status-waiting)' },
  '.cm-lint-marker-warning:before': { content: '"!"' },
  '.cm-tooltip': {
    maxWidth: '480px',
    color: 'var(--text)',
    backgroundColor: 'var(--raised)',
    border: '1px solid var(--line-strong)',
  },
  '.cm-word-docs': { padding: '6px 10px', maxWidth: '46ch' },
  '.cm-word-docs p': { margin: '2px 0 0' },
  '.cm-tooltip .cm-completionInfo': { maxWidth: '320px' },
  '.cm-tooltip-autocomplete ul li[aria-selected]': {
    color: 'var(--text)',
    backgroundColor: 'var(--selected)',
  },
  '.cm-panels': { color: 'var(--text)', backgroundColor: 'var(--panel)', borderColor: 'var(--line)' },
});

/** The kinds of text in YAML. Comments and punctuation step back; keys stand out. */
export const editorHighlight = syntaxHighlighting(
  HighlightStyle.define([
    { tag: [tags.propertyName, tags.definition(tags.propertyName)], color: 'var(--accent)' },
    { tag: [tags.string, tags.special(tags.string)], color: 'var(--status-succeeded)' },
    { tag: [tags.comment, tags.meta], color: 'var(--text-soft)', fontStyle: 'italic' },
    { tag: [tags.punctuation, tags.separator, tags.squareBracket, tags.brace], color: 'var(--text-soft)' },
    { tag: [tags.keyword, tags.labelName, tags.typeName], color: 'var(--status-cancelled)' },
  ]),
);
