/** Something wrong at a place of a file. A note is only to be known. */
type Annotated = {
  readonly severity: 'error' | 'warning' | 'note';
  readonly code?: string;
  readonly message: string;
  readonly file: string;
  readonly line?: number | undefined;
  readonly column?: number | undefined;
};

/** A line that GitHub Actions takes from the output of a step and shows at the line of the file, in a pull request. */
export function annotation({ severity, code, message, file, line, column }: Annotated): string {
  const places = { file, line, col: column, title: code };
  const properties = Object.entries(places).flatMap(([key, value]) =>
    value === undefined ? [] : [`${key}=${property(String(value))}`],
  );

  return `::${severity === 'note' ? 'notice' : severity} ${properties.join(',')}::${data(message)}`;
}

function data(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}

function property(text: string): string {
  return data(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
}
