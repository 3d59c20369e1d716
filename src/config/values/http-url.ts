/**
 * Whether a text is an http:// or https:// URL without credentials, query or fragment: what paths can be appended to.
 */
export function isHttpUrl(text: string): boolean {
  const url = URL.parse(text);
  return (
    url !== null &&
    /^https?:$/.test(url.protocol) &&
    url.username === '' &&
    url.password === '' &&
    url.search === '' &&
    url.hash === ''
  );
}

/** An http or https URL with nothing after its path (RFC 8414, 2; RFC 9728, 1.2). */
export function isPlainUrl(text: string): boolean {
  const url = URL.parse(text);
  return url !== null && /^https?:$/.test(url.protocol) && !/[?#@\s]/.test(text);
}
