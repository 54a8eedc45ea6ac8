import { type SubmitEvent, useState } from 'react';
import { Link, useLocation } from 'wouter';
import { usePageTitle } from '../session/page-title.ts';

/** No page has this address. What was meant may be found. */
export function NotFoundPage() {
  const [location, navigate] = useLocation();
  const [text, setText] = useState('');
  usePageTitle('Not found');
  const search = (event: SubmitEvent): void => {
    event.preventDefault();
    navigate(`/runs?q=${encodeURIComponent(text)}`);
  };

  return (
    <>
      <h1>There is no page at this address</h1>
      <p>
        <code>{location}</code> leads nowhere. Perhaps the run or the definition can be found:
      </p>
      <form className="form-end" onSubmit={search}>
        <input
          type="search"
          aria-label="Search runs"
          value={text}
          onChange={(event) => setText(event.target.value)}
        />
        <button type="submit" className="primary">
          Search runs
        </button>
        <Link href="/">Home</Link>
      </form>
    </>
  );
}
