const TEXT =
  /^(text\/.+|application\/(xml|yaml|x-yaml|toml|javascript|graphql|sql|x-www-form-urlencoded|x-ndjson|.+\+(xml|yaml)))$/;

/** `text/html` of `Text/HTML; charset=utf-8`. */
export function mediaType(contentType: string): string {
  return (contentType.split(';')[0] ?? '').trim().toLowerCase();
}

export function isJsonType(contentType: string): boolean {
  return /^(application|text)\/(.+\+)?json$/.test(mediaType(contentType));
}

export function isTextType(contentType: string): boolean {
  return TEXT.test(mediaType(contentType));
}

/** The text of bytes in the charset that the content type names, else UTF-8; undefined where they are no such text. */
export function decodeText(bytes: Uint8Array, contentType: string): string | undefined {
  const label = /;\s*charset\s*=\s*"?([^\s";]+)/i.exec(contentType)?.[1] ?? 'utf-8';
  try {
    return decoder(label).decode(bytes);
  } catch {
    return undefined;
  }
}

/** A charset that nobody knows is taken for UTF-8: most of what is called otherwise is. */
function decoder(label: string) {
  try {
    return new TextDecoder(label, { fatal: true });
  } catch {
    return new TextDecoder('utf-8', { fatal: true });
  }
}
