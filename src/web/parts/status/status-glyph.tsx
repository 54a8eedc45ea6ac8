import type { ReactNode } from 'react';
import type { Glyph } from './status-look.ts';

const shapes: Readonly<Record<Glyph, ReactNode>> = {
  circle: <circle cx="8" cy="8" r="4.5" fill="currentColor" />,
  hollow: <circle cx="8" cy="8" r="4.5" />,
  play: <path d="M5 3.5v9l7.5-4.5z" fill="currentColor" />,
  retry: <path d="M13 8a5 5 0 1 1-1.6-3.7M13 2v3.2h-3.2" />,
  diamond: <path d="M8 2l6 6-6 6-6-6z" fill="currentColor" />,
  bars: <path d="M5.5 3.5v9M10.5 3.5v9" strokeWidth="2.6" />,
  clock: <path d="M8 4.5V8l2.5 1.8M8 2a6 6 0 1 0 0 12A6 6 0 0 0 8 2z" />,
  check: <path d="M2.8 8.5l3.4 3.6 7-8" strokeWidth="2.2" />,
  cross: <path d="M3.5 3.5l9 9M12.5 3.5l-9 9" strokeWidth="2.2" />,
  slash: <path d="M8 2a6 6 0 1 0 0 12A6 6 0 0 0 8 2zM4 12l8-8" />,
  undo: <path d="M3 6h6.5a3.5 3.5 0 0 1 0 7H6M5.5 3L2.7 6l2.8 3" />,
  box: <rect x="3" y="3" width="10" height="10" rx="1.5" />,
};

/** The shape of a status: says the same as its colour and its word. `size` in pixels. */
export function StatusGlyph({ glyph, size = 14 }: { readonly glyph: Glyph; readonly size?: number }) {
  return (
    <svg
      aria-hidden="true"
      width={size}
      height={size}
      viewBox="0 0 16 16"
      fill="none"
      stroke="currentColor"
      strokeWidth="1.7"
      strokeLinecap="round"
      strokeLinejoin="round"
    >
      {shapes[glyph]}
    </svg>
  );
}
