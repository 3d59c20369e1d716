/** How a body of a media type is written or read. */
export type BodyKind = 'json' | 'urlencoded' | 'multipart' | 'text' | 'binary';

export function kindOf(contentType: string): BodyKind {
  const type = contentType.split(';', 1)[0]?.trim().toLowerCase() ?? '';
  if (/^(application|text)\/json$|\+json$/.test(type) || type === '*/*' || type === 'application/*')
    return 'json';
  if (type === 'application/x-www-form-urlencoded') return 'urlencoded';
  if (type.startsWith('multipart/')) return 'multipart';
  if (type.startsWith('text/') || /[/+]xml$|\/(yaml|x-yaml|graphql|javascript)$|\+yaml$/.test(type))
    return 'text';
  return 'binary';
}
