/** How a body of a media type is written or read. */
export type BodyKind = 'json' | 'urlencoded' | 'multipart' | 'text' | 'binary';

export function kindOf(contentType: string): BodyKind {
  // Some proxies repeat the field, and the values of both are joined (RFC 9110, 5.3).
  const end = contentType.search(/[;,]/);
  const type = contentType
    .slice(0, end === -1 ? undefined : end)
    .trim()
    .toLowerCase();
  if (/^(application|text)\/json$|\+json$/.test(type) || type === '*/*' || type === 'application/*')
    return 'json';
  if (type === 'application/x-www-form-urlencoded') return 'urlencoded';
  if (type.startsWith('multipart/')) return 'multipart';
  if (type.startsWith('text/') || /[/+](xml|yaml|json-seq)$|\/(x-yaml|graphql|javascript)$/.test(type))
    return 'text';
  // A JSON value a line.
  if (/^application\/(x-)?(ndjson|jsonl|jsonlines|json-lines)$/.test(type)) return 'text';
  return 'binary';
}

/** Whether it names a type and a subtype (RFC 9110, 8.3.1), parameters aside. */
export const isMediaType = (text: string): boolean =>
  /^[!#$%&'*+.^_`|~0-9A-Za-z-]+\/[!#$%&'*+.^_`|~0-9A-Za-z-]+$/.test(text.split(';', 1)[0]!.trim());
