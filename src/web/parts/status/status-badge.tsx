import { StatusGlyph } from './status-glyph.tsx';
import { statusLook } from './status-look.ts';

export type StatusBadgeProps = {
  /** How a run shows; `status` for tasks, attempts and agents. One of the two. */
  readonly shown?: string;
  readonly status?: string;
  /** Says something else than the usual word, such as `failed 3 times`. */
  readonly word?: string;
};

/** A status as glyph, word and hue. */
export function StatusBadge({ shown, status, word }: StatusBadgeProps) {
  const look = statusLook(shown ?? status ?? '');

  return (
    <span className="badge" data-hue={look.hue}>
      <StatusGlyph glyph={look.glyph} />
      {word ?? look.word}
    </span>
  );
}
