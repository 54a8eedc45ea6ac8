import { Link } from 'wouter';

export type EmptyNoteProps = {
  /** What is not there, and what would bring it. */
  readonly text: string;
  /** The one command that does. */
  readonly command?: string;
  readonly action?: { readonly label: string; readonly href: string };
};

/** Teaches the next act where there is nothing to show: one command and one button. */
export function EmptyNote({ text, command, action }: EmptyNoteProps) {
  return (
    <>
      <p>{text}</p>
      {command !== undefined && <code>{command}</code>}
      {action !== undefined && (
        <Link href={action.href} className="button">
          {action.label}
        </Link>
      )}
    </>
  );
}
