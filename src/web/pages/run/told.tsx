import { TimeText } from '../../parts/time-text.tsx';

const isoTime = /(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d+)?Z)/;

/** A sentence of the engine with the times in it as all other times of the page are told. */
export function Told({ text }: { readonly text: string }) {
  // Split at a group that is kept: every second part is a time, and a part never moves.
  return text.split(isoTime).map((part, index) => (
    // biome-ignore lint/suspicious/noArrayIndexKey: the place of a part of one text is what it is.
    <span key={index}>{index % 2 === 1 ? <TimeText iso={part} /> : part}</span>
  ));
}
