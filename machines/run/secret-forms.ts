/** A way to write a secret. `inside`: the part of it that is the same within the base64 of a longer text. */
export type SecretForm = { readonly text: string; readonly inside: boolean };

/** Fewer bytes than this leave too little of themselves in the base64 of a longer text to tell them from chance. */
const insideBytesMin = 6;

/** The ways in which a secret is commonly written: as it is, in JSON, in a URL, in base64. Longest first. */
export function secretForms(secret: string): readonly SecretForm[] {
  const plain = [secret, ...jsonForms(secret), ...urlForms(secret), ...base64Forms(secret)];
  const forms = [...new Set(plain)].map((text) => ({ text, inside: false }));
  const insides = [...new Set(insideForms(secret))].map((text) => ({ text, inside: true }));

  return [...forms, ...insides].sort((a, b) => b.text.length - a.text.length);
}

/** Escaped as JSON does, with letters beyond ASCII and slashes as other writers escape them, and JSON within JSON. */
function jsonForms(secret: string): readonly string[] {
  const once = escaped(secret);
  const ascii = once.replace(/[\u007f-\uffff]/g, unicodeEscape);

  return [once, ascii].flatMap((text) => [text, escaped(text), text.replaceAll('/', '\\/')]);
}

function escaped(text: string): string {
  return JSON.stringify(text).slice(1, -1);
}

function unicodeEscape(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}

function urlForms(secret: string): readonly string[] {
  // Half of a surrogate pair has no UTF-8, and so no place in a URL.
  if (/\p{Cs}/u.test(secret)) return [];
  const component = encodeURIComponent(secret);
  const strict = component.replace(/[!'()*]/g, (mark) => `%${mark.charCodeAt(0).toString(16).toUpperCase()}`);

  return [component, strict, encodeURI(secret)]
    .flatMap((text) => [text, text.replaceAll('%20', '+')])
    .flatMap((text) => [text, text.replace(/%[0-9A-F]{2}/g, (code) => code.toLowerCase())]);
}

function base64Forms(secret: string): readonly string[] {
  const padded = base64(new TextEncoder().encode(secret));

  return [padded, padded.replace(/=+$/, '')].flatMap((text) => [text, urlSafe(text)]);
}

/** Within a longer text a secret begins at any of the three places of a group: `user:secret` in a header. */
function insideForms(secret: string): readonly string[] {
  const bytes = new TextEncoder().encode(secret);
  if (bytes.length < insideBytesMin) return [];

  return [0, 1, 2].flatMap((offset) => {
    const text = base64(new Uint8Array([...new Uint8Array(offset), ...bytes]));
    const core = text.slice(Math.ceil((offset * 8) / 6), Math.floor(((offset + bytes.length) * 8) / 6));

    return [core, urlSafe(core)];
  });
}

function base64(bytes: Uint8Array): string {
  let binary = '';
  for (const byte of bytes) binary += String.fromCharCode(byte);

  return btoa(binary);
}

function urlSafe(text: string): string {
  return text.replaceAll('+', '-').replaceAll('/', '_');
}
